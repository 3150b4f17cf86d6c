// What a mutating webhook does to objects, as data: the annotation `kubedrill.io/webhook-patch` of its configuration (for one of several
// webhooks `kubedrill.io/webhook-patch.<webhook>`) holds YAML or JSON: a list is a JSON patch, a mapping a strategic merge patch.
import { parseDocuments } from "./documents.ts";
import { type JsonPatchOperation, jsonPatched, jsonPatchMistake, type Patched } from "./json-patch.ts";
import { MergePatch } from "./merge-patch.ts";
import type { KubernetesObject } from "./objects.ts";

export const WEBHOOK_PATCH_ANNOTATION = "kubedrill.io/webhook-patch";

/** Applied to any number of objects. Pods that share a spec get one spec back. */
export interface WebhookPatch {
  /** The same object when nothing changes. */
  applied(object: KubernetesObject): Patched;
}

/** The patch that a text of the annotation holds, or what was expected of it. */
export function readWebhookPatch(text: string): WebhookPatch | string {
  // with its mark it is read as YAML, of which JSON is a part
  const { documents, problems } = parseDocuments(`---\n${text}`, WEBHOOK_PATCH_ANNOTATION);
  if (problems[0] !== undefined) return `a patch as YAML or JSON: ${problems[0].expected}`;
  const value = documents.length === 1 ? documents[0]!.value : undefined;
  if (Array.isArray(value)) {
    for (const [i, operation] of value.entries()) {
      const mistake = jsonPatchMistake(operation);
      if (mistake !== null) return `at operation ${i} of the JSON patch ${mistake}`;
    }
    return new JsonPatch(value as JsonPatchOperation[]);
  }
  if (typeof value !== "object" || value === null) return "one JSON patch (a list) or merge patch (a mapping)";
  const patch = new MergePatch(value as Readonly<Record<string, unknown>>);
  return { applied: (object) => ({ value: patch.applied(object) }) };
}

/** The text of the annotation for a webhook. */
export function patchTextOf(configuration: KubernetesObject, webhook: string): string | undefined {
  const { annotations } = configuration.metadata;
  return annotations?.[`${WEBHOOK_PATCH_ANNOTATION}.${webhook}`] ?? annotations?.[WEBHOOK_PATCH_ANNOTATION];
}

/** What is done within a spec is remembered by the spec, as long as nothing comes from elsewhere. */
class JsonPatch implements WebhookPatch {
  private readonly operations: readonly JsonPatchOperation[];
  private readonly ofSpec: readonly JsonPatchOperation[];
  private readonly known = new WeakMap<object, Patched>();

  constructor(operations: readonly JsonPatchOperation[]) {
    const isOfSpec = ({ path, from }: JsonPatchOperation) => inSpec(path) && (from === undefined || inSpec(from));
    const isApart = operations.every((operation) => isOfSpec(operation) || !touchesSpec(operation));
    this.ofSpec = isApart ? operations.filter(isOfSpec).map(withinSpec) : [];
    this.operations = isApart ? operations.filter((operation) => !isOfSpec(operation)) : operations;
  }

  applied(object: KubernetesObject): Patched {
    const patched = jsonPatched(object, this.operations);
    if ("problem" in patched || this.ofSpec.length === 0) return patched;
    const { value } = patched as { readonly value: { readonly spec?: object } };
    if (value.spec === undefined) return jsonPatched(value, this.ofSpec.map(fromRoot));
    let spec = this.known.get(value.spec);
    if (spec === undefined) {
      spec = jsonPatched(value.spec, this.ofSpec);
      if ("problem" in spec) return jsonPatched(value, this.ofSpec.map(fromRoot));
      this.known.set(value.spec, spec);
    }
    return "problem" in spec || spec.value === value.spec ? { value } : { value: { ...value, spec: spec.value } };
  }
}

const SPEC = "/spec";

function inSpec(path: string): boolean {
  return path.startsWith(`${SPEC}/`);
}

function touchesSpec({ path, from }: JsonPatchOperation): boolean {
  return [path, from].some((pointer) => pointer === "" || pointer === SPEC || pointer?.startsWith(`${SPEC}/`) === true);
}

function withinSpec(operation: JsonPatchOperation): JsonPatchOperation {
  const { path, from } = operation;
  const cut = (pointer: string) => pointer.slice(SPEC.length);
  return { ...operation, path: cut(path), ...(from === undefined ? {} : { from: cut(from) }) };
}

// a mistake is told with the whole path
function fromRoot(operation: JsonPatchOperation): JsonPatchOperation {
  const { path, from } = operation;
  return { ...operation, path: SPEC + path, ...(from === undefined ? {} : { from: SPEC + from }) };
}
