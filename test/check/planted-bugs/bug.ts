// A planted bug: one change of the compiled text, as somebody might have written it by mistake.

export interface PlantedBug {
  readonly id: string;
  /** Compiled file, from the folder with all of them. */
  readonly file: string;
  /** Stands there exactly once. */
  readonly find: string;
  readonly replace: string;
  /** What is wrong with it. */
  readonly why: string;
  /** Set when no run can tell it from the right one: why so. It is not looked for. */
  readonly equivalent?: string;
}
