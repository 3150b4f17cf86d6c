// label and annotate: kubectl label, annotate.
import { ApiError, type ApiObject } from "../../apiserver/client.ts";
import type { Steps } from "../../engine/steps.ts";
import type { ClusterObjects, LabelSelector } from "../../model/objects.ts";
import type { ObjectName } from "../../model/resource-names.ts";
import { type Command, resourceText } from "../command.ts";
import { verb } from "../verb.ts";

const CHOICE = {
  object: { type: "objects", kinds: [], doc: "One object or a list." },
  kind: { type: "kind", doc: "All objects of a kind, restricted by selector and namespace." },
  selector: { type: "selector", doc: "kind: only those with these labels." },
  namespace: { type: "text", default: "default", doc: "kind: only in this namespace." },
  overwrite: { type: "flag", default: false, doc: "A value that is there may be changed." },
} as const;

export const label = verb({
  name: "label",
  doc: "Sets labels of objects; null takes one away.",
  example: "{ at: 5m, label: { object: node/general-3, labels: { pool: spare } } }",
  parameters: { ...CHOICE, labels: { type: "textMap", required: true, doc: "Values by key; null takes one away." } },
  oneOf: [["object", "kind"]],
  *run(command, { labels, overwrite, ...choice }) {
    yield* setTexts(command, choice, "labels", labels, overwrite);
  },
});

export const annotate = verb({
  name: "annotate",
  doc: "Sets annotations of objects; null takes one away.",
  example: '{ at: 5m, annotate: { object: deployment/web, annotations: { note: "under watch" } } }',
  parameters: {
    ...CHOICE,
    annotations: { type: "textMap", required: true, doc: "Values by key; null takes one away." },
  },
  oneOf: [["object", "kind"]],
  *run(command, { annotations, overwrite, ...choice }) {
    yield* setTexts(command, choice, "annotations", annotations, overwrite);
  },
});

interface Choice {
  readonly object: readonly ObjectName[] | undefined;
  readonly kind: keyof ClusterObjects | undefined;
  readonly selector: LabelSelector | undefined;
  readonly namespace: string;
}

type Texts = Readonly<Record<string, string | null>>;

function* setTexts(
  command: Command,
  choice: Choice,
  field: "labels" | "annotations",
  texts: Texts,
  overwrite: boolean,
): Steps {
  const { kind, namespace, object = [], selector } = choice;
  const names = kind === undefined ? object : yield* command.select(kind, namespace, selector);
  for (const name of names) {
    const stored = yield* command.get(name.list, name.key);
    if (stored instanceof ApiError) {
      command.refused(stored);
      continue;
    }
    const taken = overwrite ? undefined : takenBy(stored.metadata[field], texts);
    if (taken !== undefined) {
      command.fail(`error: '${taken[0]}' already has a value (${taken[1]}), and --overwrite is false`);
      continue;
    }
    const answer = yield* command.patch(name.list, name.key, (before) => withTexts(before, field, texts));
    if (answer instanceof ApiError) command.refused(answer);
    else command.print(`${resourceText(name)} ${field === "labels" ? "labeled" : "annotated"}`);
  }
}

function takenBy(
  present: Readonly<Record<string, string>> | undefined,
  texts: Texts,
): readonly [string, string] | undefined {
  for (const [key, value] of Object.entries(texts)) {
    const now = present?.[key];
    if (value !== null && now !== undefined && now !== value) return [key, now];
  }
  return undefined;
}

function withTexts(object: ApiObject, field: "labels" | "annotations", texts: Texts): ApiObject {
  const kept: Record<string, string> = { ...object.metadata[field] };
  for (const [key, value] of Object.entries(texts)) {
    if (value === null) delete kept[key];
    else kept[key] = value;
  }
  return { ...object, metadata: { ...object.metadata, [field]: kept } } as ApiObject;
}
