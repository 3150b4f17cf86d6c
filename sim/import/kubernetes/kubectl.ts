// Kubernetes objects: `kubectl get -o yaml|json` (lists, several files, folders), manifests, `helm template`, `kustomize build`.
import type { ObjectFormat } from "../format.ts";
import { takeObject } from "./import-objects.ts";

/** The last to be asked: whatever has an apiVersion and a kind. */
export const kubectl: ObjectFormat = {
  by: "object",
  name: "kubectl",
  title: "Kubernetes objects",
  matches: (apiVersion) => !apiVersion.startsWith("kubedrill/"),
  read: takeObject,
};
