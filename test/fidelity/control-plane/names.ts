// Names that are drawn anew in every run, made comparable: `web-7d5656bd6b-wtt9h` becomes `web-*-*`.

const RANDOM = "[bcdfghjklmnpqrstvwxz2456789]";
const GENERATED = new RegExp(`-(?:[0-9a-z]{6,10}-${RANDOM}{5}|${RANDOM}{5,10})(?![-0-9a-z])`, "g");
/** The minute of its schedule, in the name of a CronJob's Job. */
const MINUTE = /-(\d{8})(?![0-9a-z])/g;

/** Numbered objects that a load makes one after the other. */
const NUMBERED = /\bp\d{4}\b/g;

/** In a name or a text. */
export function withoutRandom(text: string): string {
  return text.replace(MINUTE, "#").replace(GENERATED, "-*").replace(NUMBERED, "p*");
}

/** Is it one of many that are alike? */
export function isNumbered(name: string): boolean {
  return name.replace(NUMBERED, "") !== name;
}

/** Of an owner reference: a ReplicaSet's pods belong to what it was made for. */
export function ownerName(owner: string): string {
  return withoutRandom(owner);
}

/** Counts the minutes in the names of CronJobs' Jobs from the first one on: `failing-29920404` becomes `failing#1`. */
export function minutesFromFirst(paths: readonly string[]): (path: string) => string {
  let first = Number.POSITIVE_INFINITY;
  for (const path of paths) for (const match of path.matchAll(MINUTE)) first = Math.min(first, Number(match[1]));
  return (path) => path.replace(MINUTE, (_, minute: string) => `#${Number(minute) - first}`);
}
