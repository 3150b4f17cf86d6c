// What cluster-capacity is asked with: a cluster's snapshot and one pod that is not in it (`--podspec`). A Pod without a node beside nodes is
// such a pod: how many of it fit is what `kubedrill plan fit-more` answers, with its file, which stands beside the scenario.

import { toYaml } from "../../printers/yaml.ts";
import { placeOf } from "../draft.ts";
import { isMapping, type Mapping } from "../flatten.ts";
import type { ObjectFormat } from "../format.ts";
import { cleanMetadata } from "../kubernetes/clean.ts";
import { takeObject } from "../kubernetes/import-objects.ts";

export const POD_FILE = "capacity-pod.yaml";

/** Only by name (`--from cluster-capacity`): a lone pod in a dump is a pod that waits. */
export const clusterCapacity: ObjectFormat = {
  by: "object",
  name: "cluster-capacity",
  title: "cluster-capacity",
  matches: () => false,
  read(draft, part) {
    const value = part.value as Mapping;
    const spec = isMapping(value["spec"]) ? value["spec"] : {};
    const isAsked = value["kind"] === "Pod" && !spec["nodeName"] && value["status"] === undefined;
    if (!isAsked) {
      takeObject(draft, part);
      return;
    }
    if (draft.files.some(({ name }) => name === POD_FILE)) {
      draft.problem(part, [], "one pod that is asked about", "a second one");
      return;
    }
    const metadata = isMapping(value["metadata"]) ? value["metadata"] : {};
    const pod = { apiVersion: "v1", kind: "Pod", metadata: cleanMetadata({ name: "pod", ...metadata } as never), spec };
    draft.files.push({ name: POD_FILE, text: toYaml(pod) });
    draft.workload.push({ pods: { name: "capacity", count: 1, shape: `./${POD_FILE}` } });
    draft.remarks.noted(
      "pod that is asked about",
      `one of it is in the scenario; kubedrill plan fit-more scenario.yaml --pod ${POD_FILE} says how many fit`,
      "",
      placeOf(part),
    );
  },
};
