import type { SourceFormat } from "../format.ts";
import type { Source } from "../source.ts";
import { columnsOf, hasHeader } from "./table.ts";

const isNodes = (source: Source) => hasHeader(source, "sn", "cpu_milli", "memory_mib", "gpu");
const isPods = (source: Source) => hasHeader(source, "name", "cpu_milli", "memory_mib", "num_gpu");

export const openb: SourceFormat = {
  by: "source",
  name: "openb",
  title: "Alibaba's GPU trace of 2023 (openb)",
  matches: (source) => isNodes(source) || isPods(source),
  read(draft, sources) {
    const nodes = sources.filter(isNodes);
    const pods = sources.filter((source) => !isNodes(source));
    const [podList] = pods;
    if (pods.length !== 1 || podList === undefined || nodes.length > 1) {
      const [file] = [...pods, ...nodes];
      draft.problems.push({
        file: file?.name ?? "",
        line: 1,
        column: 1,
        path: "",
        expected: "one pod list and at most one node list of openb",
        received: `${pods.length} and ${nodes.length}`,
      });
      return;
    }
    const required = ["name", "cpu_milli", "memory_mib", "num_gpu"];
    const table = columnsOf(draft, podList, required);
    if (table === null) return;
    draft.files.push({ name: "pods.csv", text: podList.text ?? "" });
    const [nodeList] = nodes;
    if (nodeList !== undefined) draft.files.push({ name: "nodes.csv", text: nodeList.text ?? "" });
    let isShared = false;
    let isTimed = table.table.header.includes("creation_time") && table.table.header.includes("deletion_time");
    let [least, most] = [Infinity, 0];
    for (let row = 0; row < table.rows; row++) {
      const milli = table.number(row, "gpu_milli");
      if (table.number(row, "num_gpu") > 0 && milli > 0 && milli < 1000) isShared = true;
      const created = isTimed ? table.number(row, "creation_time") : Number.NaN;
      if (Number.isNaN(created)) isTimed = false;
      least = Math.min(least, created);
      most = Math.max(most, table.number(row, "deletion_time") || created || 0);
    }
    draft.problems.push(...table.table.problems);
    if (isShared) {
      draft.schedulerConfiguration ??= sharing();
      draft.remarks.assumed(
        "scheduler",
        "the plugin GpuShare with the policy FGD, as some pods take a share of a GPU (docs/GPU.md)",
      );
    }
    if (!isTimed) draft.remarks.assumed("times", "the pod list has none: ten pods arrive per second, and none leaves");
    draft.workload.push({
      trace: {
        name: "openb",
        format: "openb",
        ...(nodeList === undefined ? {} : { nodes: "./nodes.csv" }),
        pods: "./pods.csv",
        ...(draft.options.first === null ? {} : { firstPods: draft.options.first }),
        ...(isShared ? { gpus: "shared" } : {}),
        ...(isTimed ? {} : { arrivals: { fixedRate: "10/s" } }),
      },
    });
    if (nodeList !== undefined) draft.hasOtherNodes = true;
    draft.isTrace = true;
    draft.untilIdle = true;
    if (isTimed) draft.traceSeconds = Math.max(draft.traceSeconds, most - least);
  },
};

function sharing(): object {
  return {
    apiVersion: "kubescheduler.config.k8s.io/v1",
    kind: "KubeSchedulerConfiguration",
    profiles: [
      {
        schedulerName: "default-scheduler",
        plugins: {
          multiPoint: { enabled: [{ name: "GpuShare", weight: 1 }] },
          score: { disabled: [{ name: "*" }], enabled: [{ name: "GpuShare", weight: 1 }] },
        },
        pluginConfig: [{ name: "GpuShare", args: { policy: "FGD" } }],
      },
    ],
  };
}
