// Numbers and times for people: grouped digits, three to four that matter, durations in words. The same on every machine.

const THIN_SPACE = "\u202f";

/** 12345.678 → 12 346; small ones keep as many digits as matter, and 99.996 is not 100. "–" for what was not measured. */
export function readable(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  const digits = size >= 1000 || Number.isInteger(value) ? 0 : size >= 100 ? 1 : size >= 1 ? 2 : size >= 0.01 ? 3 : 4;
  const short = value.toFixed(digits);
  const isHiding = digits > 0 && size >= 1 && Number.isInteger(Number(short));
  const [whole = "", fraction = ""] = (isHiding ? value.toFixed(4) : short).split(".");
  const kept = fraction.replace(/0+$/, "");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, THIN_SPACE);
  const result = kept === "" ? grouped : `${grouped}.${kept}`;
  return result === "-0" ? "0" : result;
}

/** Seconds as people say them: 90 → 1m30s, 0.25 → 250ms. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "–";
  if (seconds < 0) return `-${duration(-seconds)}`;
  if (seconds === 0) return "0s";
  if (seconds < 1) return `${Number((seconds * 1000).toPrecision(3))}ms`;
  if (seconds < 60) return `${Number(seconds.toFixed(seconds < 10 ? 2 : 1))}s`;
  const whole = Math.round(seconds);
  const [days, hours] = [Math.floor(whole / 86_400), Math.floor(whole / 3600) % 24];
  const [minutes, rest] = [Math.floor(whole / 60) % 60, whole % 60];
  const parts = [
    [days, "d"],
    [hours, "h"],
    [minutes, "m"],
    [rest, "s"],
  ] as const;
  const first = parts.findIndex(([count]) => count > 0);
  const shown = parts.slice(first, first + 2).filter(([count]) => count > 0);
  return shown.map(([count, unit]) => `${count}${unit}`).join("");
}

/** A number for a path or an attribute: at most so many decimals, no exponent, no trailing zeros. */
export function plain(value: number, decimals: number): string {
  const text = value.toFixed(decimals);
  return text.includes(".") ? text.replace(/\.?0+$/, "").replace(/^-0$/, "0") : text;
}
