// Objects of a watch cache by a value of theirs (the node, the namespace), so that a list of few does not look at all.
import type { ApiObject } from "./client.ts";

export class CacheIndex {
  private readonly readValue: (object: ApiObject) => string;
  private readonly objects = new Map<string, Map<string, ApiObject>>();

  constructor(readValue: (object: ApiObject) => string) {
    this.readValue = readValue;
  }

  /** In order of first sight under this value. */
  get(value: string): ApiObject[] {
    const found = this.objects.get(value);
    return found === undefined ? [] : [...found.values()];
  }

  countOf(value: string): number {
    return this.objects.get(value)?.size ?? 0;
  }

  put(key: string, object: ApiObject, before: ApiObject | undefined): void {
    const value = this.readValue(object);
    if (before !== undefined) {
      const old = this.readValue(before);
      if (old !== value) this.drop(key, old);
    }
    const found = this.objects.get(value);
    if (found === undefined) this.objects.set(value, new Map([[key, object]]));
    else found.set(key, object);
  }

  remove(key: string, last: ApiObject): void {
    this.drop(key, this.readValue(last));
  }

  private drop(key: string, value: string): void {
    const found = this.objects.get(value);
    found?.delete(key);
    if (found?.size === 0) this.objects.delete(value);
  }
}
