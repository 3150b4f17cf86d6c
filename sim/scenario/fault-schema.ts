// The entries of `faults`: a trigger (at, every, after, when, mtbf), limits, and one kind of fault with its parameters. Made from the
// declarations of the kinds, so that a new kind needs nothing here.
import { z } from "zod";
import { FAULT_DECLARATIONS } from "../faults/registry-names.ts";
import { LAYERS, type LayerWords, type SelectionField } from "../model/fault-layers.ts";
import type { FaultDeclaration, ParameterSpec } from "../model/fault-plan.ts";
import { quantityError } from "../model/quantity.ts";
import { parseSelector } from "../model/selector-text.ts";
import { durationSchema, fields, type RandomDuration, randomDurationSchema } from "./duration-schema.ts";
import { TRIGGERS, type TriggerEntry, text, triggerFields, whole } from "./trigger-schema.ts";

export const shareSchema = (max: number) => {
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
const SELECTOR = "a selector, such as app=web,tier!=db or env in (a, b)";
/** As kubectl's -l takes it. */
export const selectorSchema = z
  .string({ error: SELECTOR })
  .max(1000, { error: SELECTOR })
  .refine((value) => !("expected" in parseSelector(value)), { error: SELECTOR });
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

const FIELDS: Readonly<Record<Exclude<SelectionField, "role">, (noun: string) => z.ZodType>> = {
  zone: (noun) => text("the name of a zone").optional().describe(`Only what is in this zone, of ${noun}s.`),
  pool: () => text("the name of a node pool").optional().describe("Only nodes of this pool."),
  rack: () => text("the name of a rack").optional().describe("Only nodes of this rack, by their label."),
  node: () => text("the name of a node").optional().describe("Only pods on this node."),
  namespace: () => text("the name of a namespace").optional().describe("Only of this namespace; default: all."),
  selector: () => selectorSchema.optional().describe("Only what has these labels, such as app=web,tier!=db."),
};

/** How an entry says whom it hits. */
function selectionFields({ fields: known, many, noun, one, roles }: LayerWords): Record<string, z.ZodType> {
  if (one === null) return {};
  const name = text(`the name of a ${noun}`);
  return {
    [one]: name.optional().describe(`The ${noun} that is hit.`),
    [many]: z
      .array(name, { error: `a list of names, each of a ${noun}` })
      .min(1, { error: "a list that is not empty" })
      .max(10_000, { error: "at most 10000 names" })
      .optional(),
    ...(roles.length === 0
      ? {}
      : {
          role: z
            .enum(roles as unknown as [string, ...string[]])
            .optional()
            .describe("Role of those that are hit, at the time when it happens."),
        }),
    ...Object.fromEntries(known.filter((field) => field !== "role").map((field) => [field, FIELDS[field](noun)])),
    count: whole(1, 100_000).optional().describe("So many of those that match, drawn at random."),
    share: shareSchema(1).optional().describe("The same as a share of those that match, at least one."),
  };
}

const LASTING = {
  for: randomDurationSchema.optional().describe("How long it lasts."),
  recover: recoverSchema.optional(),
} as const;

function kindSchema(kind: FaultDeclaration): z.ZodType {
  const shape: Record<string, z.ZodType> = {};
  if (kind.isSelectable) Object.assign(shape, selectionFields(LAYERS[kind.layer]));
  if (kind.hasDuration) Object.assign(shape, LASTING);
  for (const [name, spec] of Object.entries(kind.parameters)) {
    const schema = parameterSchema(spec);
    shape[name] = schema.optional().describe(spec.doc);
  }
  return fields(shape).describe(kind.doc);
}

const KIND_NAMES = FAULT_DECLARATIONS.map((kind) => kind.name);
const entryFields = {
  ...triggerFields,
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
export interface FaultEntry extends TriggerEntry {
  readonly maxActive?: number;
  readonly keepQuorum?: boolean;
}

/** Fields of a kind that every kind of its sort has. */
export interface KindFields {
  readonly role?: "leader" | "follower" | "learner" | "any";
  readonly zone?: string;
  readonly pool?: string;
  readonly rack?: string;
  readonly node?: string;
  readonly namespace?: string;
  readonly selector?: string;
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
