// open-simulator (simon): a Config that names a folder with a cluster, folders of applications and one with a node to add. All are read as
// manifests. Folders are looked for beside the Config and in the folders above it, as its paths are those of where simon is started.

import type { KubernetesObject } from "../../model/objects.ts";
import type { Path } from "../../model/problem.ts";
import { shown } from "../../model/problem.ts";
import { toYaml } from "../../printers/yaml.ts";
import { type Draft, type Part, placeOf } from "../draft.ts";
import { isMapping, type Mapping, objectsOf } from "../flatten.ts";
import type { ObjectFormat } from "../format.ts";
import { cleaned } from "../kubernetes/clean.ts";
import { takeObject } from "../kubernetes/import-objects.ts";
import type { Source } from "../source.ts";

export const NEW_NODE_FILE = "new-node.yaml";
const LOCAL_STORAGE = "simon/node-local-storage";
const GPU_MEMORY = "alibabacloud.com/gpu-mem";

export const openSimulator: ObjectFormat = {
  by: "object",
  name: "open-simulator",
  title: "open-simulator",
  matches: (apiVersion, kind) => apiVersion.startsWith("simon/") && kind === "Config",
  read(draft, part, source) {
    const spec = isMapping(part.value) ? (part.value as Mapping)["spec"] : undefined;
    if (!isMapping(spec)) {
      draft.problem(part, ["spec"], "a mapping with cluster and appList", shown(spec));
      return;
    }
    const cluster = isMapping(spec["cluster"]) ? spec["cluster"] : {};
    if (cluster["kubeConfig"] != null)
      draft.remarks.leftOut(
        "Config spec.cluster.kubeConfig",
        "no cluster is asked: import a dump of it as well",
        "",
        placeOf(part, ["spec", "cluster", "kubeConfig"]),
      );
    if (cluster["customConfig"] != null)
      readFolder(draft, part, ["spec", "cluster", "customConfig"], cluster["customConfig"], source);
    const apps = Array.isArray(spec["appList"]) ? (spec["appList"] as readonly unknown[]) : [];
    for (const [index, app] of apps.entries()) {
      const at: Path = ["spec", "appList", index];
      if (!isMapping(app)) draft.problem(part, at, "an application with name and path", shown(app));
      else if (app["chart"] === true)
        draft.remarks.leftOut(
          "Config appList with chart: true",
          "charts are not rendered: helm template makes manifests of it",
          String(app["name"] ?? ""),
          placeOf(part, at),
        );
      else readFolder(draft, part, [...at, "path"], app["path"], source);
    }
    if (apps.length > 1)
      draft.remarks.noted("Config appList", "applications are deployed together, not one after the other");
    if (spec["newNode"] != null) newNode(draft, part, spec["newNode"], source);
  },
};

function sourcesAt(draft: Draft, part: Part, at: Path, path: unknown, source: Source): readonly Source[] {
  if (typeof path !== "string" || path === "") {
    draft.problem(part, at, "a file or folder", shown(path));
    return [];
  }
  const found = draft.options.open(path, source.folder);
  if ("expected" in found) {
    draft.problem(part, at, found.expected, found.received);
    return [];
  }
  return found;
}

function readFolder(draft: Draft, part: Part, at: Path, path: unknown, source: Source): void {
  for (const file of sourcesAt(draft, part, at, path, source)) {
    const { documents, problems } = file.documents();
    draft.problems.push(...problems);
    for (const object of objectsOf(documents)) {
      note(draft, object);
      takeObject(draft, object);
    }
  }
}

// what simon reads in annotations
function note(draft: Draft, part: Part): void {
  if (!isMapping(part.value)) return;
  const text =
    JSON.stringify(part.value["metadata"] ?? {}) +
    JSON.stringify((part.value["spec"] as Mapping | undefined)?.["template"] ?? {});
  if (text.includes(LOCAL_STORAGE))
    draft.remarks.leftOut(`annotation ${LOCAL_STORAGE}`, "disks of open-local are not simulated", "", placeOf(part));
  if (text.includes(GPU_MEMORY))
    draft.remarks.leftOut(
      GPU_MEMORY,
      "GPUs are shared by milli of a device here (docs/GPU.md), not by memory",
      "",
      placeOf(part),
    );
}

function newNode(draft: Draft, part: Part, path: unknown, source: Source): void {
  const objects = sourcesAt(draft, part, ["spec", "newNode"], path, source)
    .flatMap((file) => objectsOf(file.documents().documents))
    .map(({ value }) => value)
    .filter((value) => isMapping(value) && value["kind"] === "Node");
  const [node] = objects;
  if (node === undefined) {
    draft.problem(part, ["spec", "newNode"], "a folder with a Node", shown(path));
    return;
  }
  draft.files.push({ name: NEW_NODE_FILE, text: toYaml(cleaned("nodes", node as KubernetesObject).object) });
  const { status } = node as { readonly status?: { readonly allocatable?: Readonly<Record<string, unknown>> } };
  const { cpu = "?", memory = "?" } = status?.allocatable ?? {};
  draft.remarks.noted(
    "Config newNode",
    `${NEW_NODE_FILE} beside the scenario; kubedrill plan nodes scenario.yaml --machine cpu=${String(cpu)},memory=${String(memory)} says how many it takes`,
    "",
    placeOf(part, ["spec", "newNode"]),
  );
}
