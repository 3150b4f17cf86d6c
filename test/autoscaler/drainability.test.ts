// Quotes are from the FAQ: "What types of pods can prevent CA from removing a node?".
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Budgets } from "../../sim/autoscaler/budgets.ts";
import { Drainability } from "../../sim/autoscaler/drainability.ts";
import { HOUR } from "../../sim/engine/tick.ts";
import { type AutoscalerFlags, DEFAULT_AUTOSCALER_FLAGS } from "../../sim/model/autoscaler-plan.ts";
import type { Pod, PodDisruptionBudget } from "../../sim/model/objects.ts";
import { Snapshot } from "../../sim/scheduler/snapshot.ts";
import { makeNode, makePod } from "../scheduler/builders.ts";

const owned = (kind: string) => ({
  ownerReferences: [{ apiVersion: "apps/v1", kind, name: "o", uid: "o", controller: true }],
});

function pod(metadata: Partial<Pod["metadata"]>, spec: Partial<Pod["spec"]> = {}): Pod {
  const made = makePod("p", { nodeName: "n", ...spec });
  return { ...made, metadata: { ...made.metadata, labels: { app: "a" }, ...metadata } };
}

function verdict(
  one: Pod,
  { allowed, flags, now = 0 }: { allowed?: number; flags?: Partial<AutoscalerFlags>; now?: number } = {},
) {
  const budget: PodDisruptionBudget = {
    metadata: { name: "b", namespace: one.metadata.namespace ?? "default" },
    spec: { selector: { matchLabels: { app: "a" } } },
    status: { disruptionsAllowed: allowed ?? 0 },
  };
  const snapshot = Snapshot.of({
    nodes: [makeNode("n")],
    pods: [one],
    podDisruptionBudgets: allowed === undefined ? [] : [budget],
  });
  const all = { ...DEFAULT_AUTOSCALER_FLAGS, ...flags };
  const { blocked, daemons, pods } = new Drainability(
    snapshot,
    new Budgets(snapshot),
    () => one,
    () => now,
    all,
  ).of(snapshot.node("n")!);
  return blocked?.reason ?? (pods.length > 0 ? "moves" : daemons.length > 0 ? "daemon" : "stays");
}

const SAFE = { annotations: { "cluster-autoscaler.kubernetes.io/safe-to-evict": "true" } };
const UNSAFE = { annotations: { "cluster-autoscaler.kubernetes.io/safe-to-evict": "false" } };

test("pods of a controller move; mirror pods and those of daemon sets are on every node", () => {
  assert.is(verdict(pod(owned("ReplicaSet"))), "moves");
  assert.is(verdict(pod(owned("DaemonSet"))), "daemon");
  assert.is(verdict(pod({ annotations: { "kubernetes.io/config.mirror": "x" } })), "stays");
});

test("Pods with restrictive PodDisruptionBudget", () => {
  assert.is(verdict(pod(owned("ReplicaSet")), { allowed: 0 }), "NotEnoughPdb");
  assert.is(verdict(pod({ ...owned("ReplicaSet"), ...SAFE }), { allowed: 0 }), "NotEnoughPdb");
  assert.is(verdict(pod(owned("ReplicaSet")), { allowed: 1 }), "moves");
});

test("Pods that are not backed by a controller object, unless they are safe to evict", () => {
  assert.is(verdict(pod({})), "NotReplicated");
  assert.is(verdict(pod(SAFE)), "moves");
  assert.is(verdict(pod(owned("Custom"))), "NotReplicated");
  assert.is(verdict(pod(owned("Custom")), { flags: { skipNodesWithCustomControllerPods: false } }), "moves");
});

test("Pods that have the annotation safe-to-evict: false", () => {
  assert.is(verdict(pod({ ...owned("ReplicaSet"), ...UNSAFE })), "NotSafeToEvictAnnotation");
});

test("Kube-system pods that don't have a pod disruption budget, for their first hour", () => {
  const system = { ...owned("ReplicaSet"), namespace: "kube-system", creationTimestamp: "2026-01-01T00:00:00Z" };
  assert.is(verdict(pod(system)), "UnmovableKubeSystemPod");
  assert.is(verdict(pod(system), { allowed: 1 }), "moves");
  assert.is(verdict(pod(system), { now: HOUR + 1 }), "moves");
  assert.is(verdict(pod(system), { flags: { skipNodesWithSystemPods: false } }), "moves");
});

test("Pods with local storage, unless all of it is listed as safe; emptyDir with medium=Memory is not local storage", () => {
  const spec = { volumes: [{ name: "v", emptyDir: {} }] };
  assert.is(verdict(pod(owned("ReplicaSet"), spec)), "LocalStorageRequested");
  assert.is(
    verdict(pod(owned("ReplicaSet"), { volumes: [{ name: "v", hostPath: { path: "/x" } }] })),
    "LocalStorageRequested",
  );
  assert.is(verdict(pod(owned("ReplicaSet"), { volumes: [{ name: "v", emptyDir: { medium: "Memory" } }] })), "moves");
  const listed = { annotations: { "cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes": "w, v" } };
  assert.is(verdict(pod({ ...owned("ReplicaSet"), ...listed }, spec)), "moves");
  assert.is(verdict(pod(owned("ReplicaSet"), spec), { flags: { skipNodesWithLocalStorage: false } }), "moves");
});

test.run();
