// `kubectl describe node` and `namespace`.
import type {
  Lease,
  LimitRange,
  Namespace,
  Node,
  Pod,
  Quantity,
  ResourceList,
  ResourceQuota,
} from "../../model/objects.ts";
import { milliValue, value } from "../../model/quantity.ts";
import { podRequests } from "../../model/resources.ts";
import { ageOf } from "../age.ts";
import { nodeRoles } from "../nodes.ts";
import type { Describer } from "./scene.ts";
import { type DescribeWriter, labelLines, longTime } from "./writer.ts";

export const describeNode: Describer<Node> = (node, { list, nowMicros }, out) => {
  const { metadata, spec, status } = node;
  out.field(0, "Name", metadata.name);
  out.field(0, "Roles", nodeRoles(node).join(",") || "<none>");
  out.list(0, "Labels", labelLines(metadata.labels));
  out.list(0, "Annotations", labelLines(metadata.annotations, ": "));
  out.field(0, "CreationTimestamp", longTime(metadata.creationTimestamp));
  const taints = spec?.taints ?? [];
  out.list(
    0,
    "Taints",
    taints.map(({ key, value: of = "", effect }) => `${key}${of === "" ? "" : `=${of}`}:${effect}`),
  );
  out.field(0, "Unschedulable", String(spec?.unschedulable ?? false));
  describeLease(list("leases") as readonly Lease[], metadata.name, out);
  describeConditions(node, out);
  const addresses = status?.addresses ?? [];
  out.line(0, "Addresses:");
  for (const { type, address } of addresses) out.field(1, type, address);
  describeAmounts("Capacity", status?.capacity, out);
  describeAmounts("Allocatable", status?.allocatable, out);
  out.line(0, "System Info:");
  const info = status?.nodeInfo ?? {};
  for (const [key, name] of SYSTEM_INFO) out.field(1, key, info[name] ?? "");
  if (spec?.podCIDR) out.field(0, "PodCIDR", spec.podCIDR);
  if (spec?.providerID) out.field(0, "ProviderID", spec.providerID);
  const pods = (list("pods") as readonly Pod[]).filter(
    (pod) => pod.spec.nodeName === metadata.name && pod.status?.phase !== "Succeeded" && pod.status?.phase !== "Failed",
  );
  describePods(pods, status?.allocatable ?? status?.capacity ?? {}, nowMicros, out);
};

const SYSTEM_INFO: readonly (readonly [key: string, field: string])[] = [
  ["Machine ID", "machineID"],
  ["System UUID", "systemUUID"],
  ["Boot ID", "bootID"],
  ["Kernel Version", "kernelVersion"],
  ["OS Image", "osImage"],
  ["Operating System", "operatingSystem"],
  ["Architecture", "architecture"],
  ["Container Runtime Version", "containerRuntimeVersion"],
  ["Kubelet Version", "kubeletVersion"],
];

function describeLease(leases: readonly Lease[], name: string, out: DescribeWriter): void {
  const lease = leases.find(({ metadata }) => metadata.namespace === "kube-node-lease" && metadata.name === name);
  out.line(0, "Lease:");
  out.field(1, "HolderIdentity", lease?.spec?.holderIdentity ?? "<unset>");
  out.field(1, "AcquireTime", longTime(lease?.spec?.acquireTime) || "<unset>");
  out.field(1, "RenewTime", longTime(lease?.spec?.renewTime) || "<unset>");
}

function describeConditions({ status }: Node, out: DescribeWriter): void {
  const conditions = status?.conditions ?? [];
  if (conditions.length === 0) return;
  out.line(0, "Conditions:");
  out.line(1, "Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage");
  out.line(1, "----\t------\t-----------------\t------------------\t------\t-------");
  for (const { type, status: is, lastHeartbeatTime, lastTransitionTime, reason = "", message = "" } of conditions)
    out.line(
      1,
      `${type}\t${is} \t${longTime(lastHeartbeatTime)} \t${longTime(lastTransitionTime)} \t${reason} \t${message}`,
    );
}

function describeAmounts(key: string, amounts: ResourceList | null | undefined, out: DescribeWriter): void {
  const names = Object.keys(amounts ?? {}).sort();
  if (names.length === 0) return;
  out.line(0, `${key}:`);
  for (const name of names) out.field(1, name, String(amounts![name]));
}

function describePods(pods: readonly Pod[], allocatable: ResourceList, nowMicros: number, out: DescribeWriter): void {
  const sorted = [...pods].sort((a, b) => (podKey(a) < podKey(b) ? -1 : 1));
  out.line(0, `Non-terminated Pods:\t(${pods.length} in total)`);
  out.line(1, "Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge");
  out.line(1, "---------\t----\t\t------------\t----------\t---------------\t-------------\t---");
  const [cpu, memory] = [milliValue(allocatable.cpu ?? 0), value(allocatable.memory ?? 0)];
  const sums = { cpuRequests: 0, cpuLimits: 0, memoryRequests: 0, memoryLimits: 0, diskRequests: 0, diskLimits: 0 };
  for (const pod of sorted) {
    const requests = podRequests(pod);
    const cpuRequest = requests.cpuMilli;
    const memoryRequest = requests.memoryBytes;
    const cpuLimit = limitOf(pod, "cpu", milliValue);
    const memoryLimit = limitOf(pod, "memory", value);
    sums.cpuRequests += cpuRequest;
    sums.cpuLimits += cpuLimit;
    sums.memoryRequests += memoryRequest;
    sums.memoryLimits += memoryLimit;
    sums.diskRequests += requests.ephemeralBytes;
    sums.diskLimits += limitOf(pod, "ephemeral-storage", value);
    const cells = [
      cpuText(cpuRequest, cpu),
      cpuText(cpuLimit, cpu),
      bytesText(memoryRequest, memory),
      bytesText(memoryLimit, memory),
    ];
    const { namespace = "default", name, creationTimestamp } = pod.metadata;
    out.line(1, `${namespace}\t${name}\t\t${cells.join("\t")}\t${ageOf(creationTimestamp, nowMicros)}`);
  }
  out.line(0, "Allocated resources:");
  out.line(1, "(Total limits may be over 100 percent, i.e., overcommitted.)");
  out.line(1, "Resource\tRequests\tLimits");
  out.line(1, "--------\t--------\t------");
  out.line(1, `cpu\t${cpuText(sums.cpuRequests, cpu)}\t${cpuText(sums.cpuLimits, cpu)}`);
  out.line(1, `memory\t${bytesText(sums.memoryRequests, memory)}\t${bytesText(sums.memoryLimits, memory)}`);
  const disk = value(allocatable["ephemeral-storage"] ?? 0);
  out.line(1, `ephemeral-storage\t${bytesText(sums.diskRequests, disk)}\t${bytesText(sums.diskLimits, disk)}`);
}

const podKey = ({ metadata }: Pod) => `${metadata.namespace ?? "default"}/${metadata.name}`;

function limitOf(pod: Pod, resource: string, read: (quantity: Quantity) => number): number {
  return pod.spec.containers.reduce((sum, { resources }) => sum + read(resources?.limits?.[resource] ?? 0), 0);
}

function share(amount: number, whole: number): string {
  return whole > 0 ? `${Math.floor((amount / whole) * 100)}%` : "0%";
}

function cpuText(milli: number, allocatable: number): string {
  const text = milli === 0 || milli % 1000 === 0 ? String(milli / 1000) : `${milli}m`;
  return `${text} (${share(milli, allocatable)})`;
}

const UNITS = ["", "Ki", "Mi", "Gi", "Ti"];

function bytesText(bytes: number, allocatable: number): string {
  let unit = 0;
  let amount = bytes;
  while (amount > 0 && amount % 1024 === 0 && unit + 1 < UNITS.length) {
    amount /= 1024;
    unit++;
  }
  return `${amount}${UNITS[unit]} (${share(bytes, allocatable)})`;
}

export const describeNamespace: Describer<Namespace> = (namespace, { list }, out) => {
  const { metadata, status } = namespace;
  out.field(0, "Name", metadata.name);
  out.list(0, "Labels", labelLines(metadata.labels));
  out.list(0, "Annotations", labelLines(metadata.annotations, ": "));
  out.field(0, "Status", status?.phase ?? "Active");
  const conditions = status?.conditions ?? [];
  if (conditions.length > 0) {
    out.line(0, "Conditions:");
    out.line(1, "Type\tStatus\tLastTransitionTime\tReason\tMessage");
    out.line(1, "----\t------\t------------------\t------\t-------");
    for (const { type, status: is, lastTransitionTime, reason = "", message = "" } of conditions)
      out.line(1, `${type}\t${is}\t${longTime(lastTransitionTime)}\t${reason}\t${message}`);
  }
  out.line(0, "");
  const isHere = ({ metadata: of }: ResourceQuota | LimitRange) => of.namespace === metadata.name;
  const quotas = (list("resourceQuotas") as readonly ResourceQuota[]).filter(isHere);
  if (quotas.length === 0) out.line(0, "No resource quota.");
  else {
    out.line(0, "Resource Quotas");
    for (const quota of quotas) {
      out.line(1, `Name:\t${quota.metadata.name}`);
      out.line(1, "Resource\tUsed\tHard");
      out.line(1, "--------\t---\t---");
      for (const name of Object.keys(quota.status?.hard ?? {}).sort())
        out.line(1, `${name}\t${quota.status?.used?.[name] ?? 0}\t${quota.status?.hard?.[name]}`);
    }
  }
  out.line(0, "");
  const ranges = (list("limitRanges") as readonly LimitRange[]).filter(isHere);
  if (ranges.length === 0) return void out.line(0, "No LimitRange resource.");
  out.line(0, "Resource Limits");
  out.line(1, "Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio");
  out.line(1, "----\t--------\t---\t---\t---------------\t-------------\t-----------------------");
  for (const { spec } of ranges)
    for (const limit of spec?.limits ?? []) {
      const names = new Set(
        [limit.min, limit.max, limit.defaultRequest, limit.default, limit.maxLimitRequestRatio].flatMap((amounts) =>
          Object.keys(amounts ?? {}),
        ),
      );
      for (const name of [...names].sort()) {
        const cell = (amounts: ResourceList | null | undefined) => String(amounts?.[name] ?? "-");
        const cells = [limit.min, limit.max, limit.defaultRequest, limit.default, limit.maxLimitRequestRatio].map(cell);
        out.line(1, `${limit.type}\t${name}\t${cells.join("\t")}`);
      }
    }
};
