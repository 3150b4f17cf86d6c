// What the scheduler, nodes and preemption make of requests that etcd could not answer: bindings that were refused and bindings that
// have happened all the same, statuses that have to be told again, victims that could not be deleted.
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { StoredObject } from "../../sim/apiserver/stored-object.ts";
import { EtcdError } from "../../sim/etcd/client.ts";
import type { EtcdRequest, PutRequest } from "../../sim/etcd/request.ts";
import type { Pod } from "../../sim/model/objects.ts";
import { makeNode, makePod, requesting } from "./builders.ts";
import { World } from "./world.ts";

const LOST = new EtcdError("Unavailable", "etcdserver: request timed out");

/** The pod that a request writes, or undefined. */
function written(request: EtcdRequest): Pod | undefined {
  const put = request.kind === "txn" ? request.success.find((op): op is PutRequest => op.kind === "put") : undefined;
  return put?.key.startsWith("/registry/pods/") ? ((put.value as StoredObject).object as Pod) : undefined;
}

/** The next write that `matches` fails, after it was carried out or not. */
function failOnce(world: World, matches: (pod: Pod) => boolean, carriedOut: boolean): () => number {
  let failed = 0;
  world.etcd.fault = (request) => {
    const pod = written(request);
    if (failed > 0 || pod === undefined || !matches(pod)) return null;
    failed++;
    return { error: LOST, carriedOut };
  };
  return () => failed;
}

const isBinding = (pod: Pod) => Boolean(pod.spec.nodeName) && pod.status?.phase === "Pending";

function worldWithNodes(count: number): World {
  const world = new World();
  for (let i = 0; i < count; i++) world.store.create("nodes", makeNode(`n${i}`, { cpu: "2" }));
  world.until(1);
  return world;
}

test("a binding that fails is tried again after the back-off, and its room is free meanwhile", () => {
  const world = worldWithNodes(1);
  const failed = failOnce(world, isBinding, false);
  world.client.create("pods", makePod("p", requesting({ cpu: "2" })));
  world.until(1.5);
  assert.equal([failed(), world.nodeOf("p"), world.place("p")], [1, "", "errorBackoff"]);
  assert.match(world.events("FailedScheduling")[0] ?? "", /binding rejected: etcdserver: request timed out/);
  world.until(10);
  assert.equal([world.nodeOf("p"), world.attempts("p")], ["n0", 2]);
});

test("a binding whose answer is lost has happened: the pod is not placed twice, and takes room once", () => {
  const world = worldWithNodes(2);
  const failed = failOnce(world, isBinding, true);
  world.client.create("pods", makePod("p", requesting({ cpu: "2" })));
  world.until(20);
  assert.equal([failed(), world.nodeOf("p"), world.attempts("p"), world.place("p")], [1, "n0", 1, undefined]);
  assert.is(world.pod("p")?.status?.phase, "Running");
  // the other node has room for one more, the pod's own has none
  for (const name of ["q", "r"]) world.client.create("pods", makePod(name, requesting({ cpu: "2" })));
  world.until(40);
  assert.equal([world.nodeOf("q"), world.nodeOf("r")], ["n1", ""]);
});

test("a node tells the status of a pod again ten seconds later, and that its containers have stopped", () => {
  const world = worldWithNodes(1);
  const failed = failOnce(world, (pod) => pod.status?.phase === "Running", false);
  world.client.create("pods", makePod("p", requesting({ cpu: "1" })));
  world.until(10);
  assert.equal([failed(), world.pod("p")?.status?.phase], [1, "Pending"]);
  world.until(13);
  assert.is(world.pod("p")?.status?.phase, "Running");
  let deletions = 0;
  world.etcd.fault = (request) => {
    const removes = request.kind === "txn" && request.success[0]?.kind === "deleteRange";
    return removes && ++deletions < 3 ? { error: LOST, carriedOut: false } : null;
  };
  world.client.delete("pods", "default/p", {});
  world.until(20);
  assert.ok(world.pod("p")?.metadata.deletionTimestamp);
  world.until(40);
  assert.equal([world.pod("p"), deletions], [undefined, 3]);
});

test("preemption whose victims cannot be deleted is tried again", () => {
  const world = worldWithNodes(1);
  world.client.create("pods", makePod("low", { ...requesting({ cpu: "2" }), priority: 0 }));
  world.until(5);
  let refused = 0;
  world.etcd.fault = (request) => {
    const pod = written(request);
    const evicts = pod?.metadata.name === "low" && pod.metadata.deletionTimestamp != null;
    return evicts && refused++ < 2 ? { error: LOST, carriedOut: false } : null;
  };
  world.client.create("pods", makePod("high", { ...requesting({ cpu: "2" }), priority: 100 }));
  world.until(120);
  assert.equal([world.pod("low"), world.nodeOf("high")], [undefined, "n0"]);
  assert.ok(refused >= 3, `${refused} attempts to delete the victim`);
});

test.run();
