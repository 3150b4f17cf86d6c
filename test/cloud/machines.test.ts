import { test } from "uvu";
import * as assert from "uvu/assert";
import { CloudApi } from "../../sim/cloud/cloud-api.ts";
import { Machines } from "../../sim/cloud/machines.ts";
import { Engine } from "../../sim/engine/engine.ts";
import { SECOND, type Tick } from "../../sim/engine/tick.ts";
import { Recorder } from "../../sim/metrics/recorder.ts";
import { makeNode } from "../scheduler/builders.ts";

function bed(callsPerSecond = 0, burst = 1) {
  const engine = new Engine({ seed: "1" });
  const log: string[] = [];
  const say = (text: string) => log.push(`${Math.round(engine.now / SECOND)} ${text}`);
  const api = new CloudApi({ engine, callsPerSecond, burst });
  const labels = { "kubedrill.dev/pool": "spot", "topology.kubernetes.io/zone": "a" };
  const machines = new Machines({
    engine,
    api,
    recorder: new Recorder({ clock: () => engine.now, stepMicros: SECOND, maxEvents: 100 }),
    nodes: [makeNode("m", {}, labels)],
    replaces: true,
    provisionMicros: { kind: "constant", value: 60 * SECOND },
    host: {
      booted: ({ metadata }) => say(`booted ${metadata.name}`),
      warned: (name, micros) => say(`warned ${name} ${micros / SECOND}`),
      off: (name) => say(`off ${name}`),
    },
  });
  return { engine, api, machines, log, run: (seconds: number) => engine.run((engine.now + seconds * SECOND) as Tick) };
}

test("a spot machine runs on until its notice is over, and the pool gets another one under a new name", () => {
  const { machines, log, run } = bed();
  machines.reclaim("m", 120 * SECOND);
  run(300);
  assert.equal(log, ["0 warned m 120", "120 off m", "180 booted m-r1"]);
  machines.delete("m-r1");
  run(100);
  assert.equal(log.slice(3), ["300 off m-r1", "360 booted m-r2"]);
  assert.equal(
    machines.list().map(({ name, pool }) => `${name} ${pool}`),
    ["m-r2 spot"],
  );
});

test("out of stock, or out of reach: the pool tries again every half minute", () => {
  for (const kind of ["stockout", "outage"] as const) {
    const { api, machines, log, run } = bed();
    const over = kind === "stockout" ? machines.stockout("a", "") : api.outage();
    machines.delete("m");
    run(200);
    assert.equal(log, ["0 off m"], kind);
    over();
    run(100);
    // however often it has tried
    assert.match(log[1] ?? "", /booted m-r1$/, kind);
    assert.is(log.length, 2, kind);
  }
});

test("a stopped machine exists and comes back as itself", () => {
  const { machines, log, run } = bed();
  machines.stop("m");
  machines.stop("m");
  assert.is(machines.get("m")?.state, "stopped");
  machines.start("m");
  run(100);
  assert.equal(log, ["0 off m", "0 booted m"]);
});

test("calls beyond the provider's rate are refused", () => {
  const { api, engine, run } = bed(1, 2);
  const answers: (string | null)[] = [];
  for (let i = 0; i < 4; i++) api.call(null, engine.stream("x"), (error) => answers.push(error));
  run(1);
  assert.equal(answers.sort(), [null, null, "throttled", "throttled"]);
  run(5);
  api.call(null, engine.stream("x"), (error) => answers.push(error));
  run(1);
  assert.equal(answers.filter((answer) => answer === null).length, 3);
});

test("what was under way when an outage begins has failed", () => {
  const { api, engine, run } = bed();
  const answers: (string | null)[] = [];
  api.call({ kind: "constant", value: 10 * SECOND }, engine.stream("x"), (error) => answers.push(error));
  run(1);
  const over = api.outage();
  over();
  over();
  assert.is(api.isDown, false);
  api.outage();
  run(20);
  assert.equal(answers, ["unavailable"]);
});

test.run();
