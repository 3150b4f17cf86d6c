// Pod templates by content: whether two are the same but for the hash label, and the hash that names revisions of them. What was
// worked out of a template object is remembered with it. The letters are upstream's, the value is a hash of our own.
import { hashName } from "./identity.ts";
import type { PodTemplateSpec } from "./objects.ts";

export const POD_TEMPLATE_HASH = "pod-template-hash";

export class TemplateHashes {
  private readonly texts = new WeakMap<PodTemplateSpec, string>();

  /** The template's content as text, without its hash label: equal texts are equal templates. */
  textOf(template: PodTemplateSpec): string {
    let text = this.texts.get(template);
    if (text === undefined) {
      const { labels, ...metadata } = template.metadata ?? {};
      const own = Object.fromEntries(Object.entries(labels ?? {}).filter(([key]) => key !== POD_TEMPLATE_HASH));
      text = JSON.stringify(canonical({ ...template, metadata: { ...metadata, labels: own } }));
      this.texts.set(template, text);
    }
    return text;
  }

  areEqual(a: PodTemplateSpec, b: PodTemplateSpec): boolean {
    return a === b || this.textOf(a) === this.textOf(b);
  }

  /** @param collisions how often the hash has met another template of the same name; a new one each time */
  hashOf(template: PodTemplateSpec, collisions = 0): string {
    return hashName(collisions === 0 ? this.textOf(template) : `${collisions}/${this.textOf(template)}`);
  }
}

// keys in order, and nothing for what is empty: as written by different hands it is the same
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value)
    .filter(([, v]) => v !== undefined && v !== null)
    .map(([key, v]) => [key, canonical(v)] as const)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return Object.fromEntries(entries);
}
