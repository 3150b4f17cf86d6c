// Alibaba's other traces: batch tasks of 2018, GPU tasks of 2020 (PAI), GPU serving of 2025, nodes of the spot GPU cluster of 2026. Files of
// 2018 and 2020 have no header line, so their formats are said with --from. Source: the READMEs of github.com/alibaba/clusterdata.
import type { Draft } from "../draft.ts";
import type { Source } from "../source.ts";
import { labelValue, type Machine, PodTable, podName } from "./pod-table.ts";
import { columnsOf, hasHeader, tableFormat } from "./table.ts";

const GIBI = 1024 * 1024 * 1024;
/** 2018: 96 cores; memory in the trace is a share of the machine, whose size is not published. */
const MACHINE_2018: Machine = { cpuMilli: 96_000, memoryBytes: 512 * GIBI, gpus: 0, pods: 500 };
const MACHINE_2020: Machine = { cpuMilli: 96_000, memoryBytes: 512 * GIBI, gpus: 8, pods: 250 };

const TASKS_2018 = "task_name,instance_num,job_name,task_type,status,start_time,end_time,plan_cpu,plan_mem";

export const alibaba2018 = tableFormat(
  "alibaba-2018",
  "Alibaba's batch tasks of 2018",
  (source) =>
    hasHeader(source, "submit_time", "duration", "cpu", "memory", "job_id", "instances_num") ||
    hasHeader(source, "task_name", "instance_num", "plan_cpu"),
  (draft, source) => {
    // a copy that others have made has a header and seconds; the original is without
    const isCopy = hasHeader(source, "submit_time");
    const isBare = !isCopy && !hasHeader(source, "task_name");
    const required = isCopy
      ? ["submit_time", "duration", "cpu", "memory", "instances_num"]
      : ["instance_num", "start_time", "end_time", "plan_cpu", "plan_mem"];
    const table = columnsOf(draft, source, required, isBare ? TASKS_2018 : null);
    if (table === null) return;
    const pods = new PodTable();
    for (let row = 0; row < table.rows; row++) {
      const start = table.number(row, isCopy ? "submit_time" : "start_time");
      const run = isCopy ? table.number(row, "duration") : table.number(row, "end_time") - start;
      const instances = table.number(row, isCopy ? "instances_num" : "instance_num");
      if (Number.isNaN(start) || !(run >= 0)) {
        draft.remarks.leftOut(
          "task without an end",
          "nothing tells how long it ran",
          table.text(row, isCopy ? "job_id" : "job_name"),
        );
        continue;
      }
      // hundredths of a core, and of a machine's memory
      const cpuMilli = isCopy ? table.number(row, "cpu") * 1000 : table.number(row, "plan_cpu") * 10;
      const memory = isCopy ? table.number(row, "memory") : table.number(row, "plan_mem") / 100;
      const job = isCopy
        ? `${table.text(row, "job_id")}-${table.text(row, "task_id")}`
        : `${table.text(row, "job_name")}-${table.text(row, "task_name")}`;
      for (let i = 0; i < (instances || 1); i++)
        pods.add({
          name: podName("task", job, row, i),
          arrivalSeconds: start,
          runSeconds: run,
          cpuMilli: Math.round(cpuMilli || 0),
          memoryBytes: Math.round((memory || 0) * MACHINE_2018.memoryBytes),
        });
    }
    draft.problems.push(...table.table.problems);
    draft.remarks.assumed("memory of machines", "the trace has shares of a machine: 512 GiB are taken for one");
    draft.remarks.noted("tasks that wait for others", "all begin at their own times", "", null, 1);
    pods.write(draft, "tasks", "afterRun");
    pods.assumePool(draft, MACHINE_2018, "machines of 96 cores");
  },
);

const TASKS_2020 = "job_name,task_name,inst_num,status,start_time,end_time,plan_cpu,plan_mem,plan_gpu,gpu_type";

export const alibaba2020 = tableFormat(
  "alibaba-gpu-2020",
  "Alibaba's GPU tasks of 2020 (pai_task_table)",
  (source) => hasHeader(source, "job_name", "task_name", "inst_num", "plan_gpu"),
  (draft, source) => {
    const isBare = !hasHeader(source, "job_name", "plan_gpu");
    const table = columnsOf(
      draft,
      source,
      ["inst_num", "start_time", "end_time", "plan_cpu", "plan_mem", "plan_gpu"],
      isBare ? TASKS_2020 : null,
    );
    if (table === null) return;
    const pods = new PodTable();
    for (let row = 0; row < table.rows; row++) {
      const start = table.number(row, "start_time");
      const run = table.number(row, "end_time") - start;
      const name = table.text(row, "job_name");
      if (Number.isNaN(start) || !(run >= 0)) {
        draft.remarks.leftOut("task without an end", "nothing tells how long it ran", name);
        continue;
      }
      // hundredths of a core and of a device, GiB
      const gpu = (table.number(row, "plan_gpu") || 0) / 100;
      if (gpu > 0 && !Number.isInteger(gpu))
        draft.remarks.changed("share of a GPU", "it takes whole devices; shares are read from openb's format", name);
      const type = labelValue(table.text(row, "gpu_type"));
      for (let i = 0; i < (table.number(row, "inst_num") || 1); i++)
        pods.add({
          name: podName("task", name.slice(0, 12), table.text(row, "task_name"), row, i),
          arrivalSeconds: start,
          runSeconds: run,
          cpuMilli: Math.round((table.number(row, "plan_cpu") || 0) * 10),
          memoryBytes: Math.round((table.number(row, "plan_mem") || 0) * GIBI),
          gpus: Math.ceil(gpu),
          ...(type === "" ? {} : { labels: { "gpu-type": type } }),
        });
    }
    draft.problems.push(...table.table.problems);
    pods.write(draft, "tasks", "afterRun");
    pods.assumePool(draft, MACHINE_2020, "machines of 96 cores and 8 GPUs");
  },
);

export const alibaba2025 = tableFormat(
  "alibaba-gpu-2025",
  "Alibaba's GPU serving instances of 2025",
  (source) => hasHeader(source, "instance_sn", "role", "app_name", "cpu_request", "gpu_request"),
  (draft, source) => {
    const table = columnsOf(draft, source, [
      "instance_sn",
      "role",
      "app_name",
      "cpu_request",
      "memory_request",
      "gpu_request",
      "creation_time",
      "deletion_time",
    ]);
    if (table === null) return;
    const pods = new PodTable();
    let limited = 0;
    let rdma = 0;
    for (let row = 0; row < table.rows; row++) {
      const start = table.number(row, "creation_time");
      const end = table.number(row, "deletion_time");
      if (table.number(row, "max_instance_per_node", -1) > 0) limited++;
      if (table.number(row, "rdma_request") > 0) rdma++;
      pods.add({
        name: podName(table.text(row, "instance_sn")),
        // there before the trace begins
        arrivalSeconds: Number.isNaN(start) ? 0 : start,
        runSeconds: Number.isNaN(end) ? Number.NaN : end - (Number.isNaN(start) ? 0 : start),
        cpuMilli: Math.round((table.number(row, "cpu_request") || 0) * 1000),
        memoryBytes: Math.round((table.number(row, "memory_request") || 0) * GIBI),
        gpus: Math.ceil(table.number(row, "gpu_request") || 0),
        labels: { app: labelValue(table.text(row, "app_name")), role: labelValue(table.text(row, "role")) },
      });
    }
    draft.problems.push(...table.table.problems);
    if (limited > 0)
      draft.remarks.leftOut("max_instance_per_node", "a number of pods of one app per node", "", null, limited);
    if (rdma > 0) draft.remarks.leftOut("rdma_request", "shares of a network card", "", null, rdma);
    draft.remarks.leftOut("disk_request", "rows of a table have no disks", "", null, table.rows);
    pods.write(draft, "instances", "own");
    pods.assumePool(
      draft,
      { cpuMilli: 128_000, memoryBytes: 1024 * GIBI, gpus: 8, pods: 110 },
      "machines of 128 cores, 1 TiB and 8 GPUs",
    );
  },
);

/** Their memory is not in the list. */
const MEMORY_PER_CPU = 8 * GIBI;

export const alibabaNodes2026 = tableFormat(
  "alibaba-spot-2026",
  "nodes of Alibaba's spot GPU cluster of 2026",
  (source) => hasHeader(source, "gpu_model", "gpu_capacity_num", "cpu_num", "node_name"),
  readNodes,
);

function readNodes(draft: Draft, source: Source): void {
  const table = columnsOf(draft, source, ["gpu_model", "gpu_capacity_num", "cpu_num", "node_name"]);
  if (table === null) return;
  for (let row = 0; row < table.rows; row++) {
    const name = podName("node", table.text(row, "node_name"));
    const cpus = table.number(row, "cpu_num") || 0;
    const gpus = table.number(row, "gpu_capacity_num") || 0;
    const allocatable = {
      cpu: String(cpus),
      memory: `${(cpus * MEMORY_PER_CPU) / GIBI}Gi`,
      pods: "110",
      ...(gpus > 0 ? { "nvidia.com/gpu": String(gpus) } : {}),
    };
    const labels = {
      "kubernetes.io/hostname": name,
      "nvidia.com/gpu.product": labelValue(table.text(row, "gpu_model")),
    };
    draft.made.push({
      apiVersion: "v1",
      kind: "Node",
      metadata: { name, labels },
      status: { allocatable, capacity: allocatable },
    } as never);
  }
  draft.problems.push(...table.table.problems);
  draft.remarks.assumed("memory of nodes", "8 GiB for each CPU: the list has none", "", null, table.rows);
}
