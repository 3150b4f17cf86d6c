// The entries of `faults`: a trigger (at, every, after, when, mtbf), limits, and one kind of fault with its parameters. Made from the
// declarations of the kinds, so that a new kind needs nothing here.
import { z } from "zod";
import { FAULT_DECLARATIONS } from "../faults/registry-names.ts";
import type { FaultDeclaration, ParameterSpec } from "../model/fault-plan.ts";
import { quantityError } from "../model/quantity.ts";
import { durationSchema, fields, type RandomDuration, randomDurationSchema } from "./duration-schema.ts";

const text = (what: string) => z.string({ error: what }).min(1, { error: what }).max(200, { error: what });
const whole = (min: number, max: number) => {
  const error = `a whole number from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
};

const shareSchema = (max: number) => {
  const error = `a share of at most ${max * 100}%, such as 30% or 0.3`;
  return z
    .union([z.number({ error }), z.string({ error })], { error })
    .refine((value) => isShare(value, max), { error })
    .meta({ description: "A share such as 30% or 0.3." });
};
const BYTES = "an amount of bytes, such as 512Mi or 2Gi";
const bytesSchema = z
  .union([z.number({ error: BYTES }), z.string({ error: BYTES })], { error: BYTES })
  .refine((value) => quantityError(value) === undefined && !String(value).startsWith("-"), { error: BYTES })
  .meta({ description: "A number of bytes such as 512Mi." });
const NAMES = "a name, or a list of names";
const namesSchema = z.union([text(NAMES), z.array(text("a name"), { error: NAMES }).min(1, { error: NAMES })], {
  error: NAMES,
});

function parameterSchema(spec: ParameterSpec): z.ZodType {
  switch (spec.type) {
    case "duration":
      return durationSchema;
    case "randomDuration":
      return randomDurationSchema;
    case "share":
      return shareSchema(spec.max ?? 1);
    case "count":
      return whole(spec.min, spec.max);
    case "number": {
      const error = `a number from ${spec.min} to ${spec.max}`;
      return z.number({ error }).min(spec.min, { error }).max(spec.max, { error });
    }
    case "bytes":
      return bytesSchema;
    case "choice":
      return z.enum(spec.words as [string, ...string[]]);
    case "flag":
      return z.boolean({ error: "true or false" });
    default:
      return namesSchema;
  }
}

const RECOVER = "auto, never, or a duration such as 5m";
const recoverSchema = z
  .string({ error: RECOVER })
  .refine((text) => text === "auto" || text === "never" || durationSchema.safeParse(text).success, { error: RECOVER })
  .describe(
    "auto = it ends after `for` (default), never = it stays until the run ends; a duration is another way to say `for`.",
  );

const SELECTION = {
  member: text("the name of a member").optional().describe("The member that is hit."),
  members: z
    .array(text("the name of a member"), { error: "a list of members" })
    .min(1, { error: "a list that is not empty" })
    .optional(),
  role: z
    .enum(["leader", "follower", "learner", "any"])
    .optional()
    .describe("Role of the members that are hit, at the time when it happens."),
  zone: text("the name of a zone").optional().describe("Only members in this zone."),
  count: whole(1, 1000).optional().describe("So many of those that match, drawn at random."),
  share: shareSchema(1).optional().describe("The same as a share of those that match, at least one."),
} as const;

const LASTING = {
  for: randomDurationSchema.optional().describe("How long it lasts."),
  recover: recoverSchema.optional(),
} as const;

function kindSchema(kind: FaultDeclaration): z.ZodType {
  const shape: Record<string, z.ZodType> = {};
  if (kind.isSelectable) Object.assign(shape, SELECTION);
  if (kind.hasDuration) Object.assign(shape, LASTING);
  for (const [name, spec] of Object.entries(kind.parameters)) {
    const schema = parameterSchema(spec);
    shape[name] = schema.optional().describe(spec.doc);
  }
  return fields(shape).describe(kind.doc);
}

const KIND_NAMES = FAULT_DECLARATIONS.map((kind) => kind.name);
const TRIGGERS = ["at", "every", "after", "when", "mtbf"] as const;

const entryFields = {
  id: text("a name for this fault")
    .optional()
    .describe("What `after` and the reports call it, and what names its random streams; by default its kind."),
  at: durationSchema.optional().describe("Once, at this time."),
  every: randomDurationSchema.optional().describe("Again and again, with these gaps."),
  mtbf: randomDurationSchema
    .optional()
    .describe(
      "Mean time between failures, or the distribution of up times; a bare duration is the mean of an exponential.",
    ),
  per: z.enum(["member", "all"]).optional().describe("mtbf: of each member on its own, or of all together (default)."),
  start: durationSchema.optional().describe("every, mtbf: when the first gap begins; default 0s."),
  until: durationSchema.optional().describe("every, mtbf: no fault at this time or later."),
  count: whole(1, 100_000).optional().describe("every, mtbf: at most so many."),
  after: text("the id of another fault").optional().describe("After each time that another fault happened."),
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
  maxActive: whole(1, 1000).optional().describe("It is passed over while so many faults are active."),
  keepQuorum: z
    .boolean({ error: "true or false" })
    .optional()
    .describe("It is passed over when it would leave fewer running voters than a quorum."),
} as const;

const kinds: Record<string, z.ZodType> = Object.fromEntries(
  FAULT_DECLARATIONS.map((kind) => [kind.name, kindSchema(kind).optional()]),
);

const entryShape = fields({ ...entryFields, ...kinds })
  .refine((entry) => KIND_NAMES.filter((name) => Object.hasOwn(entry, name)).length === 1, {
    error: `exactly one kind of fault: ${KIND_NAMES.join(", ")}`,
  })
  .refine((entry) => TRIGGERS.filter((name) => Object.hasOwn(entry, name)).length === 1, {
    error: `exactly one of ${TRIGGERS.join(", ")}`,
  });

/** The list of faults. */
export const faultsSchema = z
  .array(entryShape, { error: "a list of faults" })
  .max(1000, { error: "at most 1000 faults" })
  .optional()
  .describe("What goes wrong, and when.");

/** An entry that the schema accepted. Its kind is one further field. */
export interface FaultEntry {
  readonly id?: string;
  readonly at?: string;
  readonly every?: RandomDuration;
  readonly mtbf?: RandomDuration;
  readonly per?: "member" | "all";
  readonly start?: string;
  readonly until?: string;
  readonly count?: number;
  readonly after?: string;
  readonly on?: "injection" | "recovery";
  readonly when?: string;
  readonly once?: boolean;
  readonly coolDown?: string;
  readonly delay?: RandomDuration;
  readonly maxActive?: number;
  readonly keepQuorum?: boolean;
}

/** Fields of a kind that every kind of its sort has. */
export interface KindFields {
  readonly member?: string;
  readonly members?: readonly string[];
  readonly role?: "leader" | "follower" | "learner" | "any";
  readonly zone?: string;
  readonly count?: number;
  readonly share?: number | string;
  readonly for?: RandomDuration;
  readonly recover?: string;
}

/** A share that the schema accepted, as a ratio. */
export function shareOf(value: number | string): number {
  if (typeof value === "number") return value;
  const match = /^\s*(\d{1,6}(?:\.\d{1,12})?)\s*(%?)\s*$/.exec(value);
  return match === null ? Number.NaN : Number(match[1]) / (match[2] === "%" ? 100 : 1);
}

function isShare(value: number | string, max: number): boolean {
  const share = shareOf(value);
  return share >= 0 && share <= max;
}
