// Pod shapes: what makes two pods alike for the scheduler, and that pods which share objects are told apart as well.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createStream } from "../../sim/engine/random.ts";
import type { Pod, PodSpec, PodStatus } from "../../sim/model/objects.ts";
import { ShapeTable } from "../../sim/scheduler/shape.ts";
import { makePod, requesting } from "./builders.ts";

const sharedLabels = { app: "x" };
const spec: PodSpec = { containers: [{ name: "main", resources: { requests: { cpu: "1" } } }] };
const ephemeral: PodSpec = { ...spec, volumes: [{ name: "v", ephemeral: {} }] as unknown as PodSpec["volumes"] };
const resized = { cpu: "3" };

const STATUSES: readonly PodStatus[] = [
  {},
  { phase: "Pending" },
  { containerStatuses: [{ name: "main", resources: { requests: resized } }] } as unknown as PodStatus,
  { initContainerStatuses: [{ name: "init", resources: { requests: resized } }] } as unknown as PodStatus,
  { resources: { requests: resized } } as unknown as PodStatus,
  { resources: { requests: { cpu: "2" } }, allocatedResources: resized } as unknown as PodStatus,
  { conditions: [{ type: "PodResizePending", reason: "Infeasible", status: "True" }] } as unknown as PodStatus,
  { conditions: [{ type: "PodScheduled", status: "False" }] } as unknown as PodStatus,
];

test("pods that share objects get the shapes that copies of them get", () => {
  const random = createStream(1, "pods");
  const [sharing, copying] = [new ShapeTable(), new ShapeTable()];
  const pairs = new Map<number, number>();
  for (let i = 0; i < 500; i++) {
    const owner = { apiVersion: "apps/v1", kind: "ReplicaSet", name: `r${random.int(2)}`, uid: "u", controller: true };
    const pod: Pod = {
      metadata: {
        name: `p${random.int(4)}`,
        namespace: random.int(2) === 0 ? "default" : "other",
        labels: sharedLabels,
        ...(random.int(2) === 0 ? { ownerReferences: [owner] } : {}),
      },
      spec: random.int(2) === 0 ? spec : ephemeral,
      status: STATUSES[random.int(STATUSES.length)],
    };
    const [a, b] = [sharing.intern(pod).id, copying.intern(structuredClone(pod)).id];
    assert.is(pairs.get(a) ?? b, b, JSON.stringify(pod));
    pairs.set(a, b);
  }
  assert.is(sharing.shapes.length, copying.shapes.length);
  assert.ok(pairs.size > 20, `${pairs.size} shapes`);
});

test("pods without a labels object, with an empty one, and with the same one in another order", () => {
  const table = new ShapeTable();
  const shape = (labels: Record<string, string> | undefined) =>
    table.intern(makePod("p", spec, labels === undefined ? {} : { labels }));
  assert.is(shape(undefined), shape({}));
  assert.is(shape({ a: "1", b: "2" }), shape({ b: "2", a: "1" }));
  assert.is.not(shape({ a: "1" }), shape({ a: "2" }));
});

test("name, uid, node, times and deletion are no part of a shape", () => {
  const table = new ShapeTable();
  const one = table.intern(makePod("p", spec));
  assert.is(table.intern(makePod("q", { ...spec, nodeName: "n" }, { deletionTimestamp: "2026-01-01T00:00:00Z" })), one);
  assert.is.not(table.intern(makePod("p", requesting({ cpu: "2" }))), one);
  assert.is.not(table.intern(makePod("p", { ...spec, priority: 1 })), one);
  assert.is.not(table.intern(makePod("p", spec, { namespace: "other" })), one);
});

test("pods with specs of their own around the same containers: told apart by every other field", () => {
  const table = new ShapeTable();
  const labels = { app: "x" };
  const shape = (own: Partial<PodSpec>, namespace = "default") =>
    table.intern(makePod("p", { ...spec, ...own }, { labels, namespace }));
  const one = shape({});
  assert.is(shape({ nodeName: "n" }), one);
  const others = [
    shape({ hostNetwork: true }),
    shape({ initContainers: [{ name: "i" }] }),
    shape({ nodeSelector: { a: "b" } }),
    shape({ overhead: { cpu: "1" } }),
    shape({ preemptionPolicy: "Never" }),
    shape({ priority: 1 }),
    shape({ resources: { requests: { cpu: "2" } } }),
    shape({ schedulerName: "other" }),
    shape({ schedulingGates: [{ name: "g" }] }),
    shape({ tolerations: [{ operator: "Exists" }] }),
    shape({ volumes: [{ name: "v", emptyDir: {} }] as unknown as PodSpec["volumes"] }),
    shape({}, "other"),
  ];
  assert.is(new Set([one, ...others]).size, others.length + 1);
});

test.run();
