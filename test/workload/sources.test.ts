// Sources of pods when the API server cannot answer: pods are created once, later, and leave when their time has come.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ApiServer } from "../../sim/apiserver/server.ts";
import { Engine } from "../../sim/engine/engine.ts";
import { SECOND, type Tick } from "../../sim/engine/tick.ts";
import { EtcdError } from "../../sim/etcd/client.ts";
import type { EtcdRequest } from "../../sim/etcd/request.ts";
import { Recorder } from "../../sim/metrics/recorder.ts";
import { type PodTrace, WorkloadProcess } from "../../sim/workload/sources.ts";
import { MemoryEtcd } from "../apiserver/memory-etcd.ts";
import { makePod } from "../scheduler/builders.ts";

const LOST = new EtcdError("Unavailable", "etcdserver: request timed out");
const constant = (value: number) => ({ kind: "constant", value }) as const;

/** One pod that is created at 1 s and has to leave `lifetimeSeconds` later. */
function setUp(
  lifetimeSeconds: number,
  fault: (request: EtcdRequest, nowMicros: number) => "done" | "not done" | null,
) {
  const engine = new Engine({ seed: 1 });
  const etcd = new MemoryEtcd(engine, 1000);
  etcd.fault = (request) => {
    const what = fault(request, engine.now);
    return what === null ? null : { error: LOST, carriedOut: what === "done" };
  };
  const server = new ApiServer({
    engine,
    etcd,
    kinds: ["pods"],
    requestLatencyMicros: constant(1000),
    watchLatencyMicros: constant(1000),
  });
  const log: string[] = [];
  const recorder = new Recorder({ clock: () => engine.now, stepMicros: SECOND, maxEvents: 100 });
  server.onChange((kind, type, object, before) => {
    recorder.changed(kind, type, object, before);
    log.push(`${type} ${object.metadata.name} ${Math.floor(engine.now / SECOND)}`);
  });
  server.start();
  const source: PodTrace = {
    kind: "trace",
    name: "trace",
    shapes: [makePod("x", {}, { uid: undefined })],
    podNames: ["p"],
    shapeOf: Uint32Array.of(0),
    arrivalMicros: Float64Array.of(SECOND),
    lifetimeMicros: Float64Array.of(lifetimeSeconds * SECOND),
    departure: "afterArrival",
  };
  const workload = new WorkloadProcess({ engine, client: server.client("w"), recorder, seed: 1, sources: [source] });
  workload.start();
  engine.run((1000 * SECOND) as Tick);
  return { log, refused: workload.refused, requests: etcd.requests };
}

const isCreation = (request: EtcdRequest) => request.kind === "txn" && request.compare[0]?.target === "create";

test("a creation that fails is made again with growing pauses", () => {
  const times: number[] = [];
  const { log, refused } = setUp(500, (request, now) => {
    if (!isCreation(request)) return null;
    times.push(now);
    return times.length <= 5 ? "not done" : null;
  });
  assert.equal([log, refused], [["ADDED p 1", "MODIFIED p 501", "DELETED p 501"], []]);
  const gaps = times.slice(1).map((time, i) => time - times[i]! - 2000);
  assert.equal(gaps, [5000, 10_000, 20_000, 40_000, 80_000]);
});

test("a creation whose answer is lost is found done: the pod is there once and nobody refused it", () => {
  let lost = 0;
  const { log, refused } = setUp(500, (request) => (isCreation(request) && lost++ === 0 ? "done" : null));
  assert.equal([log, refused, lost], [["ADDED p 1", "MODIFIED p 501", "DELETED p 501"], [], 2]);
});

test("a pod whose time comes before it could be created leaves as soon as it is there", () => {
  const { log } = setUp(20, (request, now) => (isCreation(request) && now < 100 * SECOND ? "not done" : null));
  assert.is(log.length, 3);
  const [created, , deleted] = log.map((line) => Number(line.split(" ")[2]));
  assert.ok(created! >= 100 && deleted! - created! <= 1, log.join());
});

test("a departure that fails is made again until the pod is gone", () => {
  let failures = 0;
  const { log } = setUp(10, (request) => {
    const removes = request.kind === "txn" && request.success[0]?.kind === "deleteRange";
    return removes && failures++ < 8 ? "not done" : null;
  });
  assert.equal([log[0], log.length, failures], ["ADDED p 1", 3, 9]);
});

test.run();
