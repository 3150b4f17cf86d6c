// The entries of `actions`: a trigger and one verb of kubectl with its parameters. Made from the declarations of the verbs.
import { z } from "zod";
import { ACTION_DECLARATIONS } from "../kubectl/registry-names.ts";
import type { ActionDeclaration, ActionParameterSpec } from "../model/action-plan.ts";
import { kindNamed, nearestKind, parseObjectName } from "../model/resource-names.ts";
import { durationSchema, fields } from "./duration-schema.ts";
import { selectorSchema } from "./fault-schema.ts";
import { TRIGGERS, type TriggerEntry, text, triggerFields, whole } from "./trigger-schema.ts";

const MAX = 10_000;

function oneOrMany(item: z.ZodType, error: string): z.ZodType {
  return z.union([item, z.array(item, { error }).min(1, { error }).max(MAX, { error })], { error });
}

const OBJECT = "an object such as deployment/web or deployment/shop/web";
const objectSchema = z.string({ error: OBJECT }).superRefine((value, context) => {
  const name = parseObjectName(value);
  if ("expected" in name) context.addIssue({ code: "custom", message: name.expected });
});
const KIND = "a kind such as pods or deployments";
const kindSchema = z.string({ error: KIND }).superRefine((value, context) => {
  if (kindNamed(value) !== undefined) return;
  const near = nearestKind(value);
  context.addIssue({ code: "custom", message: near === undefined ? KIND : `a kind; did you mean ${near}?` });
});
const MAPPING = "a mapping";

function parameterSchema(spec: ActionParameterSpec): z.ZodType {
  switch (spec.type) {
    case "objects":
      return oneOrMany(objectSchema, `${OBJECT}, or a list of them`);
    case "nodes":
      return oneOrMany(text("the name of a node"), "the name of a node, or a list of them");
    case "pods":
      return oneOrMany(text("a pod, as name or namespace/name"), "a pod, as name or namespace/name, or a list of them");
    case "kind":
      return kindSchema;
    case "manifestFiles": {
      const file = "a file, folder or pattern such as ./web-v2.yaml";
      return oneOrMany(text(file), `${file}, or a list of them`);
    }
    case "manifests": {
      const error = "a list of Kubernetes objects";
      const object = z.looseObject({}, { error: "a Kubernetes object" });
      return z.array(object, { error }).min(1, { error: "a list that is not empty" }).max(MAX, { error });
    }
    case "selector":
      return selectorSchema;
    case "text":
      return text("text");
    case "texts":
      return oneOrMany(text("text"), "a text, or a list of texts");
    case "choice":
      return z.enum(spec.words as [string, ...string[]]);
    case "count":
      return whole(spec.min, spec.max);
    case "duration":
      return durationSchema;
    case "flag":
      return z.boolean({ error: "true or false" });
    case "textMap": {
      const error = "a mapping of names to texts, or to null for what is taken away";
      const value = z.union([z.string(), z.null()], { error: "text (quote numbers and true or false), or null" });
      return z
        .record(z.string(), value, { error })
        .refine((map) => Object.keys(map).length > 0, { error: "a mapping that is not empty" });
    }
    default:
      return z.looseObject({}, { error: MAPPING });
  }
}

function verbSchema({ doc, oneOf = [], parameters }: ActionDeclaration): z.ZodType {
  const shape: Record<string, z.ZodType> = {};
  for (const [name, spec] of Object.entries(parameters)) {
    const schema = parameterSchema(spec).describe(spec.doc);
    shape[name] = spec.required === true ? schema : schema.optional();
  }
  let schema: z.ZodType = fields(shape).describe(doc);
  for (const names of oneOf)
    schema = schema.refine((value) => names.filter((name) => Object.hasOwn(value as object, name)).length === 1, {
      error: `exactly one of ${names.join(", ")}`,
    });
  return schema;
}

export const ACTION_NAMES = ACTION_DECLARATIONS.map(({ name }) => name);

const verbs: Record<string, z.ZodType> = Object.fromEntries(
  ACTION_DECLARATIONS.map((verb) => [verb.name, verbSchema(verb).optional()]),
);

const entryShape = fields({ ...triggerFields, ...verbs })
  .refine((entry) => ACTION_NAMES.filter((name) => Object.hasOwn(entry, name)).length === 1, {
    error: `exactly one action: ${ACTION_NAMES.join(", ")}`,
  })
  .refine((entry) => TRIGGERS.filter((name) => Object.hasOwn(entry, name)).length === 1, {
    error: `exactly one of ${TRIGGERS.join(", ")}`,
  });

/** The list of actions. */
export const actionsSchema = z
  .array(entryShape, { error: "a list of actions" })
  .max(1000, { error: "at most 1000 actions" })
  .optional()
  .describe("What a person does with kubectl, and when.");

/** An entry that the schema accepted. Its verb is one further field. */
export type ActionEntry = TriggerEntry;
