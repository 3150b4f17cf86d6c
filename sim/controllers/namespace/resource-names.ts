// Kinds as error texts name them: "pods.", "replicasets.apps".
import type { ApiKind } from "../../apiserver/client.ts";
import { kindOfList } from "../../model/kinds.ts";

export function qualifiedResourceOf(kind: ApiKind): string {
  return `${kind.toLowerCase()}.${kindOfList(kind).groups[0] ?? ""}`;
}
