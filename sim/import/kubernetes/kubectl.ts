// Kubernetes objects: `kubectl get -o yaml|json` (lists, several files, folders), manifests, `helm template`, `kustomize build`.
import type { ObjectFormat } from "../format.ts";
import { takeObject } from "./import-objects.ts";

/** The last to be asked: whatever has an apiVersion and a kind. */
export const kubectl: ObjectFormat = {
  by: "object",
  name: "kubectl",
  title: "Kubernetes objects",
  matches: () => true,
  read: takeObject,
};

/** The scheduler's configuration, as administrators have it beside a cluster. */
export const schedulerConfiguration: ObjectFormat = {
  by: "object",
  name: "scheduler-config",
  title: "a KubeSchedulerConfiguration",
  matches: (apiVersion, kind) =>
    kind === "KubeSchedulerConfiguration" && apiVersion.startsWith("kubescheduler.config.k8s.io/"),
  read(draft, part) {
    if (draft.schedulerConfiguration !== null)
      draft.problem(part, ["kind"], "one KubeSchedulerConfiguration", "a second one");
    else draft.schedulerConfiguration = part.value;
  },
};
