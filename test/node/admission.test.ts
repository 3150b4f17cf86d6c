import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Node, Pod, PodSpec } from "../../sim/model/objects.ts";
import { RequestMemo } from "../../sim/model/request-memo.ts";
import { admit, isCritical } from "../../sim/node/admission.ts";
import { node, pod } from "./world.ts";

const test = suite("node/admission");

const HEALTHY = { notReady: "", memoryPressure: false, diskPressure: false, pidPressure: false };

function refusal(
  wanted: Pod,
  parts: { node?: Node; others?: readonly Pod[]; health?: Partial<typeof HEALTHY>; devices?: boolean } = {},
) {
  const health = { ...HEALTHY, ...parts.health };
  const ending = admit(
    wanted,
    parts.node ?? node("n1"),
    parts.others ?? [],
    health,
    new RequestMemo(),
    parts.devices ?? true,
  );
  return ending === null ? null : `${ending.reason}: ${ending.message}`;
}

const told = (...given: Parameters<typeof refusal>): string => refusal(...given) ?? "admitted";

const asking = (requests: Record<string, string | number>, spec: Partial<PodSpec> = {}) =>
  pod("p", {}, { containers: [{ name: "c", image: "x", resources: { requests } }], ...spec });

const critical = { priority: 2_000_000_000 };

test("a pod that fits is admitted", () => {
  assert.is(refusal(asking({ cpu: "1" })), null);
  assert.is(refusal(asking({ cpu: "4" })), null, "all of it");
});

test("what is too much of one resource, with what others hold", () => {
  assert.is(
    refusal(asking({ cpu: "2" }), { others: [asking({ cpu: "3" })] }),
    "OutOfcpu: Node didn't have enough resource: cpu, requested: 2000, used: 3000, capacity: 4000",
  );
  assert.match(told(asking({ memory: "9Gi" })), /^OutOfmemory: .* requested: 9663676416, used: 0, /);
  const full = node("n1", { status: { allocatable: { cpu: "4", memory: "8Gi", pods: 1 } } });
  assert.match(told(asking({}), { node: full, others: [asking({})] }), /^OutOfpods: .* requested: 1, used: 1, /);
  const disk = node("n1", {
    status: { allocatable: { cpu: "4", memory: "8Gi", pods: 9, "ephemeral-storage": "1Gi" } },
  });
  assert.match(told(asking({ "ephemeral-storage": "2Gi" }), { node: disk }), /^OutOfephemeral-storage: /);
});

test("a node that does not say how large its disk is refuses nobody for it", () => {
  assert.is(refusal(asking({ "ephemeral-storage": "2Ti" })), null);
});

test("devices: as many as there are; what the node does not list is none of its business", () => {
  const gpus = node("n1", { status: { allocatable: { cpu: "4", memory: "8Gi", pods: 9, "example.com/gpu": 2 } } });
  const one = asking({ "example.com/gpu": 1 });
  assert.is(refusal(one, { node: gpus, others: [one] }), null);
  assert.is(
    refusal(one, { node: gpus, others: [one, one] }),
    "UnexpectedAdmissionError: Allocate failed due to requested number of devices unavailable for example.com/gpu. Requested: 1, Available: 0, which is unexpected",
  );
  assert.match(told(one, { node: gpus, devices: false }), /no healthy devices present/);
  assert.is(refusal(asking({ cpu: "1" }), { node: gpus, devices: false }), null, "who wants none is not concerned");
  assert.is(refusal(one), null);
});

test("devices are looked at before labels, and labels before room", () => {
  const gpus = node("n1", { status: { allocatable: { cpu: "4", memory: "8Gi", pods: 9, "example.com/gpu": 0 } } });
  const wanted = asking({ "example.com/gpu": 1, cpu: "9" }, { nodeSelector: { disk: "ssd" } });
  assert.match(told(wanted, { node: gpus }), /^UnexpectedAdmissionError/);
  assert.match(
    told(asking({ cpu: "9" }, { nodeSelector: { disk: "ssd" } })),
    /^NodeAffinity: Predicate NodeAffinity failed/,
  );
});

test("huge pages are no devices", () => {
  const huge = node("n1", { status: { allocatable: { cpu: "4", memory: "8Gi", pods: 9, "hugepages-2Mi": "4Mi" } } });
  assert.match(told(asking({ "hugepages-2Mi": "8Mi" }), { node: huge }), /^OutOfhugepages-2Mi: /);
});

test("labels and affinity must fit", () => {
  const ssd = node("n1", { metadata: { name: "n1", labels: { disk: "ssd" } } });
  assert.is(refusal(asking({}, { nodeSelector: { disk: "ssd" } }), { node: ssd }), null);
  const terms = [{ matchExpressions: [{ key: "disk", operator: "In" as const, values: ["hdd"] }] }];
  const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } } };
  assert.match(told(asking({}, { affinity }), { node: ssd }), /^NodeAffinity/);
});

test("NoExecute taints keep out who does not tolerate them, other taints nobody", () => {
  const tainted = (effect: "NoExecute" | "NoSchedule") =>
    node("n1", { spec: { taints: [{ key: "k", value: "v", effect }] } });
  assert.match(told(asking({}), { node: tainted("NoExecute") }), /^TaintToleration/);
  assert.is(refusal(asking({}), { node: tainted("NoSchedule") }), null);
  const tolerations = [{ key: "k", operator: "Equal" as const, value: "v", effect: "NoExecute" as const }];
  assert.is(refusal(asking({}, { tolerations }), { node: tainted("NoExecute") }), null);
  assert.is(refusal(asking({}, critical), { node: tainted("NoExecute") }), null);
});

test("pressure: of memory keeps out who promises nothing, of disk or processes everybody but critical pods", () => {
  const memoryPressure = { memoryPressure: true };
  assert.is(refusal(asking({}), { health: memoryPressure }), "Evicted: The node had condition: [MemoryPressure]. ");
  assert.is(refusal(asking({ memory: "1Gi" }), { health: memoryPressure }), null);
  const tolerations = [{ key: "node.kubernetes.io/memory-pressure", operator: "Exists" as const }];
  assert.is(refusal(asking({}, { tolerations }), { health: memoryPressure }), null);
  assert.match(told(asking({ memory: "1Gi" }), { health: { diskPressure: true } }), /\[DiskPressure\]/);
  assert.match(
    told(asking({ memory: "1Gi" }), { health: { diskPressure: true, pidPressure: true } }),
    /\[DiskPressure PIDPressure\]/,
  );
  assert.is(refusal(asking({}, critical), { health: { diskPressure: true } }), null);
});

test("critical are the system's priorities and static pods", () => {
  assert.ok(isCritical(asking({}, critical)));
  assert.not(isCritical(asking({}, { priority: 1_000_000_000 })));
  const fromFile = { ...asking({}), metadata: { name: "s", annotations: { "kubernetes.io/config.source": "file" } } };
  assert.ok(isCritical(fromFile));
});

test.run();
