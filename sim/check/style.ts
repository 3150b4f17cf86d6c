// How the faults of a seed are put together.

export const STYLES = ["uniform", "swarm", "aimed"] as const;
/**
 * uniform: all kinds of fault, at any time. swarm: a subset of kinds and operations per seed (Groce 2012), because some failures
 * need that others stay away. aimed: faults come right after changes of state.
 */
export type Style = (typeof STYLES)[number];
