// Azure's traces of virtual machines: the packing trace of 2020 (tables vm and vmType, exported from its SQLite file as CSV with headers) and
// the tables of 2017 and 2019 (no header line). A machine becomes a pod. Source: the documents of github.com/Azure/AzurePublicDataset.
import type { Draft } from "../draft.ts";
import type { SourceFormat } from "../format.ts";
import type { Source } from "../source.ts";
import { PodTable, podName } from "./pod-table.ts";
import { columnsOf, hasHeader, tableFormat } from "./table.ts";

const GIBI = 1024 * 1024 * 1024;
const DAY = 86_400;
/** Of a machine of which the packing trace gives shares. */
const WHOLE = { cpuMilli: 64_000, memoryBytes: 512 * GIBI, gpus: 0, pods: 500 };

const isVms = (source: Source) => hasHeader(source, "vmId", "vmTypeId", "starttime");
const isTypes = (source: Source) => hasHeader(source, "vmTypeId", "machineId", "core", "memory");

export const azurePacking: SourceFormat = {
  by: "source",
  name: "azure-packing",
  title: "Azure's packing trace of 2020",
  matches: (source) => isVms(source) || isTypes(source) || isSqlite(source),
  read(draft, sources) {
    const database = sources.find(isSqlite);
    if (database !== undefined) {
      fault(
        draft,
        database,
        "its tables as CSV: sqlite3 -csv -header FILE 'select * from vm' > vm.csv, and vmType",
        "an SQLite file",
      );
      return;
    }
    const [vms, types] = [sources.filter(isVms), sources.filter(isTypes)];
    const [vm, type] = [vms[0], types[0]];
    if (vm === undefined || type === undefined || vms.length > 1 || types.length > 1) {
      const first = sources[0];
      if (first !== undefined)
        fault(draft, first, "the tables vm and vmType, one file each", `${vms.length} and ${types.length}`);
      return;
    }
    readPacking(draft, vm, type);
  },
};

function readPacking(draft: Draft, vm: Source, type: Source): void {
  const unlimited = { ...draft, options: { ...draft.options, first: null } } as Draft;
  const kinds = columnsOf(unlimited, type, ["vmTypeId", "machineId", "core", "memory"]);
  const table = columnsOf(draft, vm, ["vmId", "vmTypeId", "starttime", "endtime"]);
  if (kinds === null || table === null) return;
  // a type takes another share of each kind of machine: that of the first one counts
  const byType = new Map<string, { readonly core: number; readonly memory: number; readonly machine: string }>();
  const machine = kinds.rows > 0 ? kinds.text(0, "machineId") : "";
  for (let row = 0; row < kinds.rows; row++) {
    const id = kinds.text(row, "vmTypeId");
    const known = byType.get(id);
    if (known !== undefined && known.machine === machine) continue;
    byType.set(id, {
      core: kinds.number(row, "core"),
      memory: kinds.number(row, "memory"),
      machine: kinds.text(row, "machineId"),
    });
  }
  const pods = new PodTable();
  for (let row = 0; row < table.rows; row++) {
    const id = table.text(row, "vmTypeId");
    const kind = byType.get(id);
    const start = table.number(row, "starttime", -1e9);
    const end = table.number(row, "endtime");
    if (kind === undefined) {
      draft.remarks.leftOut("vm of an unknown type", "vmType does not have it", id);
      continue;
    }
    const begin = Math.max(0, start) * DAY;
    pods.add({
      name: podName("vm", table.text(row, "vmId")),
      arrivalSeconds: begin,
      runSeconds: Number.isNaN(end) ? Number.NaN : Math.max(0, end * DAY - begin),
      cpuMilli: Math.round(kind.core * WHOLE.cpuMilli),
      memoryBytes: Math.round(kind.memory * WHOLE.memoryBytes),
      // 0 is high, 1 may be evicted
      ...(table.text(row, "priority") === "0" ? { priority: 1000 } : { priority: 0 }),
    });
  }
  draft.problems.push(...kinds.table.problems, ...table.table.problems);
  draft.remarks.assumed("size of machines", "the trace has shares of one: 64 cores and 512 GiB are taken for it");
  draft.remarks.leftOut("ssd, hdd and nic", "shares of disks and of a network card", "", null, kinds.rows);
  if ([...byType.values()].some((kind) => kind.machine !== machine))
    draft.remarks.changed("types that the first kind of machine does not take", "they go onto the same machines");
  pods.write(draft, "vms", "own");
  pods.assumePool(draft, WHOLE, "machines of 64 cores and 512 GiB");
}

const VM_TABLE =
  "vmid,subscriptionid,deploymentid,vmcreated,vmdeleted,maxcpu,avgcpu,p95maxcpu,vmcategory,vmcorecount,vmmemory";

export const azureVm = tableFormat(
  "azure-vm",
  "Azure's table of virtual machines (2017, 2019)",
  // without a header: 11 cells, of which the categories are known
  (source) =>
    /^[^,]+,[^,]+,[^,]+,\d+,\d+,[\d.eE+-]+,[\d.eE+-]+,[\d.eE+-]+,"?(Delay-insensitive|Interactive|Unknown)"?,>?[\d.]+,>?[\d.]+$/.test(
      source.firstLine,
    ),
  (draft, source) => {
    const table = columnsOf(draft, source, [], VM_TABLE);
    if (table === null) return;
    const pods = new PodTable();
    const bucket = (text: string) => (text.startsWith(">") ? Number(text.slice(1)) * 2 : Number(text));
    for (let row = 0; row < table.rows; row++) {
      const start = table.number(row, "vmcreated");
      const end = table.number(row, "vmdeleted");
      const [cores, memory] = [table.text(row, "vmcorecount"), table.text(row, "vmmemory")];
      if (cores.startsWith(">") || memory.startsWith(">"))
        draft.remarks.changed(
          "sizes beyond the last bucket (>24, >64)",
          "twice as large as the bucket",
          table.text(row, "vmid").slice(0, 12),
        );
      pods.add({
        name: podName(
          "vm",
          row,
          table
            .text(row, "vmid")
            .replace(/[^a-zA-Z0-9]/g, "")
            .slice(0, 12),
        ),
        arrivalSeconds: start || 0,
        runSeconds: Number.isNaN(end) ? Number.NaN : Math.max(0, end - (start || 0)),
        cpuMilli: Math.round((bucket(cores) || 0) * 1000),
        memoryBytes: Math.round((bucket(memory) || 0) * GIBI),
        labels: { category: table.text(row, "vmcategory").toLowerCase() },
      });
    }
    draft.problems.push(...table.table.problems);
    draft.remarks.leftOut("maxcpu, avgcpu and p95maxcpu", "rows of a table have no CPU use", "", null, table.rows);
    pods.write(draft, "vms", "own");
    pods.assumePool(draft, { ...WHOLE, memoryBytes: 256 * GIBI }, "machines of 64 cores and 256 GiB");
  },
);

function isSqlite(source: Source): boolean {
  return source.bytes.length > 16 && String.fromCharCode(...source.bytes.subarray(0, 15)) === "SQLite format 3";
}

function fault(draft: Draft, { name }: Source, expected: string, received: string): void {
  draft.problems.push({ file: name, line: 1, column: 1, path: "", expected, received });
}
