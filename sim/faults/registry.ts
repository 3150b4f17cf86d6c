// All kinds of fault. A new kind is one file under kinds/ and one line here.
import type { FaultKind } from "./kind.ts";

export const FAULT_KINDS: readonly FaultKind[] = [];

/** The kinds by name. */
export function kindsByName(): ReadonlyMap<string, FaultKind> {
  return new Map(FAULT_KINDS.map((kind) => [kind.name, kind]));
}
