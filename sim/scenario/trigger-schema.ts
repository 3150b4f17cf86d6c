// What entries of `faults` and of `actions` say about when they happen.
import { z } from "zod";
import { PER_WORDS } from "../model/fault-layers.ts";
import { durationSchema, type RandomDuration, randomDurationSchema } from "./duration-schema.ts";

/** A text that is not empty. */
export const text = (what: string) => z.string({ error: what }).min(1, { error: what }).max(200, { error: what });
/** A whole number of the range. */
export const whole = (min: number, max: number) => {
  const error = `a whole number from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
};

/** Of which an entry has exactly one. */
export const TRIGGERS = ["at", "every", "after", "when", "mtbf"] as const;

export const triggerFields = {
  id: text("a name for this fault")
    .optional()
    .describe(
      "What `after`, expectations and the reports call it, and what names its random streams; by default its kind.",
    ),
  at: durationSchema.optional().describe("Once, at this time."),
  every: randomDurationSchema.optional().describe("Again and again, with these gaps."),
  mtbf: randomDurationSchema
    .optional()
    .describe(
      "Mean time between failures, or the distribution of up times; a bare duration is the mean of an exponential.",
    ),
  per: z
    .enum(["all", ...PER_WORDS])
    .optional()
    .describe("mtbf: of each member, node, … on its own, or of all together (default)."),
  start: durationSchema.optional().describe("every, mtbf: when the first gap begins; default 0s."),
  until: durationSchema.optional().describe("every, mtbf: no fault at this time or later."),
  count: whole(1, 100_000).optional().describe("every, mtbf: at most so many."),
  after: text("the id of another fault or action")
    .optional()
    .describe("After each time that another fault or action happened."),
  on: z.enum(["injection", "recovery"]).optional().describe("after: its injection (default) or its recovery."),
  when: text("a condition such as etcd.term >= 3")
    .optional()
    .describe("When this begins to hold, such as etcd.term >= 3 or etcd.leader == etcd-0."),
  once: z
    .boolean({ error: "true or false" })
    .optional()
    .describe("when: only the first time (default unless coolDown is given)."),
  coolDown: durationSchema.optional().describe("when: how long after an injection the condition does not count."),
  delay: randomDurationSchema.optional().describe("after, when: how long to wait before it happens."),
} as const;

/** What the schema accepted. */
export interface TriggerEntry {
  readonly id?: string;
  readonly at?: string;
  readonly every?: RandomDuration;
  readonly mtbf?: RandomDuration;
  readonly per?: string;
  readonly start?: string;
  readonly until?: string;
  readonly count?: number;
  readonly after?: string;
  readonly on?: "injection" | "recovery";
  readonly when?: string;
  readonly once?: boolean;
  readonly coolDown?: string;
  readonly delay?: RandomDuration;
}
