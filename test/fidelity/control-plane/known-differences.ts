// Where the simulation differs from recordings of a real control plane, and why. A comparison that does not hold and is not listed here is
// a failure.

export interface KnownDifference {
  /** Beginning of `family/recording`; "" for all. */
  readonly where: string;
  readonly path: RegExp;
  readonly reason: string;
}

export const KNOWN_DIFFERENCES: readonly KnownDifference[] = [];

/** The first entry that is about it. */
export function knownDifference(
  recording: string,
  path: string,
  list: readonly KnownDifference[] = KNOWN_DIFFERENCES,
): KnownDifference | undefined {
  return list.find((entry) => recording.startsWith(entry.where) && entry.path.test(path));
}
