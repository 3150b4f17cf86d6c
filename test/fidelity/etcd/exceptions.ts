// What is known to lie outside of the rule, and why. Only noise of the machine that was recorded belongs here; a row that is listed
// without need is an error.

export interface Exception {
  /** Name of a setting, or the beginning of one up to a space: `follower_kill`. */
  readonly setting: string;
  readonly column: string;
  readonly what: "p50" | "p90" | "text" | "fact";
  readonly reason: string;
}

export const EXCEPTIONS: readonly Exception[] = [];
