// What a printer of one kind is: its columns, some of them only shown by `-o wide`, and the cells of an object.
import type { KubernetesObject } from "../model/objects.ts";
import { ageOf } from "./age.ts";

/** The moment at which is looked. */
export interface PrintMoment {
  readonly nowMicros: number;
  /** -o wide: what is cut to fit is shown in full. */
  readonly isWide?: boolean;
}

export interface Printer<T extends KubernetesObject = KubernetesObject> {
  /** Headings as kubectl writes them, the first of them NAME unless the kind has none. */
  readonly columns: readonly string[];
  /** Further ones of `-o wide`. */
  readonly wide: readonly string[];
  /** One cell per column, those of `wide` included and in this order. */
  cells(object: T, moment: PrintMoment): readonly string[];
  /** All columns in the order of `-o wide`, where the further ones do not stand at the end. */
  readonly wideOrder?: readonly string[];
}

/** Age since creation. */
export function ageCell(object: KubernetesObject, { nowMicros }: PrintMoment): string {
  return ageOf(object.metadata.creationTimestamp, nowMicros);
}

export const NONE = "<none>";

/** `a=1,b=2` sorted by key. */
export function labelText(labels: Readonly<Record<string, string>> | null | undefined): string {
  const entries = Object.entries(labels ?? {});
  if (entries.length === 0) return NONE;
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([key, value]) => `${key}=${value}`).join(",");
}

/** At most three, then how many are left out. */
export function limited(texts: readonly string[], limit = 3): string {
  if (texts.length <= limit) return texts.join(",");
  return `${texts.slice(0, limit).join(",")} + ${texts.length - limit} more...`;
}
