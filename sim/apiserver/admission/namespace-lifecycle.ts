// NamespaceLifecycle: nothing is created in a namespace that does not exist or is going, and the cluster's own namespaces stay.
// Source: behaviour of the admission plugin, 1.36.
import type { Namespace } from "../../model/objects.ts";
import type { ApiError } from "../client.ts";
import { forbidden, notFound } from "../refusals.ts";
import type { AdmissionAttributes } from "./attributes.ts";

const IMMORTAL: ReadonlySet<string> = new Set(["default", "kube-system", "kube-public"]);

/** Of a request in a namespace, or on one. `found`: the namespace as the server knows it. */
export function namespaceRefusal(
  { kind, name, namespace, operation }: AdmissionAttributes,
  found: Namespace | undefined,
): ApiError | null {
  if (kind === "namespaces") {
    if (operation !== "DELETE" || !IMMORTAL.has(name)) return null;
    return forbidden(kind, name, "this namespace may not be deleted");
  }
  if (operation !== "CREATE" || namespace === "") return null;
  if (found === undefined) return notFound("namespaces", namespace);
  if (found.status?.phase !== "Terminating" && found.metadata.deletionTimestamp == null) return null;
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  return forbidden(kind, name, why);
}
