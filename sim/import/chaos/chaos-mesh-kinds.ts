// Each kind of Chaos Mesh as faults and actions, or why it has none.

import { formatDuration } from "../../engine/tick.ts";
import type { Draft } from "../draft.ts";
import { isMapping, type Mapping } from "../flatten.ts";
import {
  addFault,
  changed,
  deletePods,
  etcdCount,
  fillMemory,
  hangPods,
  isEtcd,
  killContainers,
  leftOut,
  strikeNodes,
  worsenNetwork,
} from "./effects.ts";
import { expressionsText, joined, labelsText, microsOf, wholeOf } from "./selectors.ts";
import { ALL_PODS, ANY_NODE, lengthOf, type PodTarget, type Strike } from "./strike.ts";

type Kind = (draft: Draft, strike: Strike, spec: Mapping, targets: readonly PodTarget[]) => void;

/** Makes what the experiment does. @param home its own namespace, which is meant where none is selected */
export function applyChaosMesh(draft: Draft, strike: Strike, kind: string, spec: Mapping, home: string): void {
  const apply = KINDS[kind];
  if (apply === undefined) leftOut(draft, strike, WHY_NOT[kind] ?? "not a kind of chaos that is known");
  else apply(draft, strike, spec, targetsOf(draft, strike, spec, home));
}

const KINDS: Readonly<Record<string, Kind>> = {
  PodChaos: podChaos,
  NetworkChaos: networkChaos,
  IOChaos: ioChaos,
  StressChaos: stressChaos,
  DNSChaos: (draft, strike) => {
    changed(
      draft,
      strike,
      "the cluster's DNS answers nobody, whoever is selected and whatever the patterns (dnsOutage)",
    );
    addFault(draft, strike, "dnsOutage", lengthOf(strike));
  },
  AWSChaos: (draft, strike, spec) =>
    cloudChaos(draft, strike, spec, "ec2Instance", { stop: "ec2-stop", restart: "ec2-restart" }),
  GCPChaos: (draft, strike, spec) =>
    cloudChaos(draft, strike, spec, "instance", { stop: "node-stop", restart: "node-reset" }),
  AzureChaos: (draft, strike, spec) =>
    cloudChaos(draft, strike, spec, "vmName", { stop: "vm-stop", restart: "vm-restart" }),
};

const WHY_NOT: Readonly<Record<string, string>> = {
  TimeChaos: "clocks inside of containers are not simulated; clockSkew is about nodes",
  HTTPChaos: "requests are flows: single ones are not aborted, delayed or changed",
  KernelChaos: "kernels are not simulated",
  JVMChaos: "what happens inside of a process is not simulated",
  BlockChaos: "block devices are not simulated",
  PhysicalMachineChaos: "machines outside of the cluster are not simulated",
  RemoteCluster: "there is one cluster",
  StatusCheck: "a check of its own has no time at which it is made",
};

function podChaos(draft: Draft, strike: Strike, spec: Mapping, targets: readonly PodTarget[]): void {
  for (const target of targets) {
    if (spec["action"] === "pod-kill") deletePods(draft, strike, target, microsOf(spec["gracePeriod"]) ?? 0);
    else if (spec["action"] === "container-kill") {
      const names = Array.isArray(spec["containerNames"]) ? spec["containerNames"].map(String) : [];
      killContainers(draft, strike, target, names);
    } else if (spec["action"] === "pod-failure") hangPods(draft, strike, target, "an image that does nothing");
    else leftOut(draft, strike, "not an action that is known");
  }
}

function networkChaos(draft: Draft, strike: Strike, spec: Mapping, targets: readonly PodTarget[]): void {
  const of = (name: string): Mapping => (isMapping(spec[name]) ? spec[name] : {});
  const direction =
    spec["direction"] === "from" ? { direction: "in" } : spec["direction"] === "to" ? { direction: "out" } : {};
  const percent = (field: string, within: string) => `${Number(of(within)[field] ?? 0)}%`;
  for (const target of targets)
    switch (spec["action"]) {
      case "partition":
        if (isEtcd(target))
          addFault(draft, strike, "etcdPartition", { ...etcdCount(target), ...direction, ...lengthOf(strike) });
        else if (spec["target"] !== undefined || spec["externalTargets"] !== undefined)
          leftOut(draft, strike, "pods are not cut off from some and not from others");
        else hangPods(draft, strike, target, "cut off");
        break;
      case "delay":
        worsenNetwork(draft, strike, target, "networkDelay", {
          delay: formatDuration(microsOf(of("delay")["latency"]) ?? 0),
          ...direction,
        });
        break;
      case "loss":
        worsenNetwork(draft, strike, target, "networkLoss", { loss: percent("loss", "loss"), ...direction });
        break;
      case "duplicate":
        worsenNetwork(draft, strike, target, "networkDuplicate", {
          duplicate: percent("duplicate", "duplicate"),
          ...direction,
        });
        break;
      case "bandwidth":
        worsenNetwork(draft, strike, target, "networkBandwidth", {
          rate: bytesPerSecond(of("bandwidth")["rate"]),
          ...direction,
        });
        break;
      case "corrupt":
        if (isEtcd(target))
          changed(draft, strike, "corrupted packets are dropped, and sent again by TCP (networkLoss)");
        worsenNetwork(draft, strike, target, "networkLoss", { loss: percent("corrupt", "corrupt"), ...direction });
        break;
      default:
        leftOut(draft, strike, "several of delay, loss, duplicate and corrupt at once, or an action that is not known");
    }
}

// `1mbps` in tc's words are megabytes
function bytesPerSecond(rate: unknown): number {
  const match = /^\s*(\d+(?:\.\d+)?)\s*(bit|kbit|mbit|gbit|bps|kbps|mbps|gbps)\s*$/i.exec(String(rate ?? ""));
  if (match === null) return 131_072;
  const unit = match[2]!.toLowerCase();
  const factor = unit.startsWith("k")
    ? 1000
    : unit.startsWith("m")
      ? 1_000_000
      : unit.startsWith("g")
        ? 1_000_000_000
        : 1;
  return Math.max(1, Math.round((Number(match[1]) * factor) / (unit.endsWith("bit") ? 8 : 1)));
}

function ioChaos(draft: Draft, strike: Strike, spec: Mapping, targets: readonly PodTarget[]): void {
  for (const target of targets) {
    if (!isEtcd(target)) leftOut(draft, strike, "files of pods are not simulated; disks of etcd's members are");
    else if (spec["action"] === "latency")
      addFault(draft, strike, "etcdSlowDisk", {
        ...etcdCount(target),
        extra: formatDuration(microsOf(spec["delay"]) ?? 0),
        ...lengthOf(strike),
      });
    else if (spec["action"] === "fault" && Number(spec["errno"]) === 28)
      addFault(draft, strike, "etcdFullDisk", { ...etcdCount(target), ...lengthOf(strike) });
    else leftOut(draft, strike, "of etcd's disks only slowness and lack of space are simulated");
  }
}

function stressChaos(draft: Draft, strike: Strike, spec: Mapping, targets: readonly PodTarget[]): void {
  const stressors = isMapping(spec["stressors"]) ? spec["stressors"] : {};
  if (stressors["cpu"] !== undefined)
    leftOut(
      draft,
      { ...strike, what: `${strike.what} cpu` },
      "pods use what the annotation kubedrill.io/cpu-use says, all the time",
    );
  if (stressors["memory"] !== undefined)
    for (const target of targets) fillMemory(draft, { ...strike, what: `${strike.what} memory` }, target);
}

function cloudChaos(
  draft: Draft,
  strike: Strike,
  spec: Mapping,
  field: string,
  actions: { readonly stop: string; readonly restart: string },
): void {
  changed(draft, strike, `instance ${String(spec[field] ?? "")} is any node`);
  if (spec["action"] === actions.stop) strikeNodes(draft, strike, "nodeCrash", ANY_NODE);
  else if (spec["action"] === actions.restart) addFault(draft, strike, "nodeReboot", { count: 1, graceful: false });
  else leftOut(draft, strike, "disks are not taken from machines");
}

// --- selectors ---

/** Whom the selector and the mode mean: one target for each namespace. */
function targetsOf(draft: Draft, strike: Strike, spec: Mapping, home: string): readonly PodTarget[] {
  const selector = isMapping(spec["selector"]) ? spec["selector"] : {};
  const list = (field: string) =>
    Array.isArray(selector[field]) ? (selector[field] as readonly unknown[]).map(String) : [];
  const fieldSelectors = isMapping(selector["fieldSelectors"]) ? selector["fieldSelectors"] : {};
  const pods = Object.entries(isMapping(selector["pods"]) ? selector["pods"] : {}).flatMap(([namespace, names]) =>
    Array.isArray(names) ? names.map((name) => `${namespace}/${String(name)}`) : [],
  );
  const expressions = expressionsText(selector["expressionSelectors"]);
  for (const field of ["annotationSelectors", "podPhaseSelectors", "nodeSelectors"])
    if (selector[field] != null && JSON.stringify(selector[field]).length > 2)
      changed(
        draft,
        { ...strike, what: `${strike.what} selector.${field}` },
        "pods are not selected by it: more of them match",
      );
  const nodes = list("nodes");
  if (nodes.length > 1)
    changed(draft, { ...strike, what: `${strike.what} selector.nodes` }, "only pods on the first of the nodes");
  const base: PodTarget = {
    ...ALL_PODS,
    selector: joined(labelsText(selector["labelSelectors"]), expressions ?? ""),
    pods: [...pods, ...nameField(fieldSelectors, list("namespaces")[0] ?? home)],
    node: nodes[0] ?? String(fieldSelectors["spec.nodeName"] ?? ""),
    ...amountOf(draft, strike, spec),
  };
  if (base.pods.length > 0) return [base];
  const namespaces = list("namespaces");
  if (namespaces.length > 1 && spec["mode"] !== "all")
    changed(draft, { ...strike, what: `${strike.what} selector.namespaces` }, "so many are drawn in each namespace");
  return (namespaces.length === 0 ? [home] : namespaces).map((namespace) => ({ ...base, namespace }));
}

function nameField(fields: Mapping, namespace: string): readonly string[] {
  const name = fields["metadata.name"];
  return typeof name === "string" ? [`${namespace}/${name}`] : [];
}

function amountOf(
  draft: Draft,
  strike: Strike,
  spec: Mapping,
): { readonly count: number | null; readonly share: number | null } {
  const amount = Number(spec["value"]);
  const percent = Number.isFinite(amount) ? Math.min(1, Math.max(0, amount / 100)) : 1;
  switch (spec["mode"]) {
    case "one":
      return { count: 1, share: null };
    case "fixed":
      return { count: wholeOf(spec["value"], 1, 1), share: null };
    case "fixed-percent":
      return { count: null, share: percent };
    case "random-max-percent":
      changed(
        draft,
        { ...strike, what: `${strike.what} mode random-max-percent` },
        "always as many as it could be at most",
      );
      return { count: null, share: percent };
    default:
      return { count: null, share: null };
  }
}
