// The requests of the recorder's load by their names in the recordings: a put, a linearizable and a serializable read.
export const OPS = ["put", "lread", "sread"] as const;
export type Op = (typeof OPS)[number];
