// Days as numbers since 1970, and what calendars call them. Source: the proleptic Gregorian calendar.

/** 0 is Sunday. */
export function weekdayOf(daysSince1970: number): number {
  // 1970-01-01 was a Thursday
  return (((daysSince1970 + 4) % 7) + 7) % 7;
}

/** Year, month (1 to 12) and day of a day number, proleptic Gregorian. */
export function civilOf(daysSince1970: number): { year: number; month: number; day: number } {
  // eras of 400 years that begin in March
  const z = daysSince1970 + 719_468;
  const era = Math.floor(z / 146_097);
  const ofEra = z - era * 146_097;
  const yearOfEra = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365,
  );
  const ofYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const march = Math.floor((5 * ofYear + 2) / 153);
  const month = march < 10 ? march + 3 : march - 9;
  const day = ofYear - Math.floor((153 * march + 2) / 5) + 1;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}

/** The day number of the first of a month. */
export function firstDayOf(year: number, month: number): number {
  const y = month <= 2 ? year - 1 : year;
  const march = month > 2 ? month - 3 : month + 9;
  const leap = Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400);
  return y * 365 + leap + Math.floor((153 * march + 2) / 5) - 719_468;
}
