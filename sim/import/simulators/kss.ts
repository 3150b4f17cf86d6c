// The snapshot that kube-scheduler-simulator exports: one object with a list for each kind and the scheduler's configuration. Its objects have
// no kind of their own. Annotations in which it records its decisions are left behind. Source: its HTTP API's export resource.
import { type Draft, placeOf } from "../draft.ts";
import { isMapping, type Mapping, objectsBelow } from "../flatten.ts";
import type { DocumentFormat } from "../format.ts";
import { takeObject } from "../kubernetes/import-objects.ts";
import { takeConfiguration } from "../kubernetes/scheduler-configuration.ts";

const LISTS: readonly (readonly [string, string, string])[] = [
  ["namespaces", "v1", "Namespace"],
  ["nodes", "v1", "Node"],
  ["priorityClasses", "scheduling.k8s.io/v1", "PriorityClass"],
  ["storageClasses", "storage.k8s.io/v1", "StorageClass"],
  ["pvs", "v1", "PersistentVolume"],
  ["pvcs", "v1", "PersistentVolumeClaim"],
  ["pods", "v1", "Pod"],
];
const CONFIGURATION = "schedulerConfig";
const RECORD = /^(kube-)?scheduler-simulator(\.sigs\.k8s\.io)?\//;

export const kss: DocumentFormat = {
  by: "document",
  name: "kube-scheduler-simulator",
  title: "kube-scheduler-simulator",
  matches: (value) =>
    isMapping(value) &&
    value["apiVersion"] === undefined &&
    Array.isArray(value["nodes"]) &&
    Array.isArray(value["pods"]) &&
    (value[CONFIGURATION] !== undefined || Array.isArray(value["pvs"]) || Array.isArray(value["storageClasses"])),
  read(draft, document) {
    const value = document.value as Mapping;
    for (const [field, version, kind] of LISTS)
      for (const part of objectsBelow(document, [field], value[field], kind, version))
        takeObject(draft, { ...part, value: withoutRecord(draft, part.value) });
    const configuration = { document, base: [CONFIGURATION], value: value[CONFIGURATION] };
    if (configuration.value != null) takeConfiguration(draft, configuration);
    for (const field of Object.keys(value))
      if (field !== CONFIGURATION && !LISTS.some(([name]) => name === field))
        draft.remarks.leftOut(
          `snapshot ${field}`,
          "not a list that is known",
          "",
          placeOf({ document, base: [field] }),
        );
  },
};

/** The object without the simulator's notes. */
function withoutRecord(draft: Draft, object: unknown): unknown {
  if (!isMapping(object) || !isMapping(object["metadata"]) || !isMapping(object["metadata"]["annotations"]))
    return object;
  const entries = Object.entries(object["metadata"]["annotations"]);
  const kept = entries.filter(([key]) => !RECORD.test(key));
  if (kept.length === entries.length) return object;
  draft.remarks.noted(
    "annotations of decisions",
    "kubedrill explain makes its own",
    "",
    null,
    entries.length - kept.length,
  );
  return { ...object, metadata: { ...object["metadata"], annotations: Object.fromEntries(kept) } };
}
