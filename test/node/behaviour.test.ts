import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Pod } from "../../sim/model/objects.ts";
import { Behaviour, parseSetting } from "../../sim/node/behaviour.ts";

const test = suite("node/behaviour");

const pod = (annotations: Record<string, string>, uid = "u"): Pod => ({
  metadata: { name: "p", uid, annotations },
  spec: { containers: [] },
});

test("settings are seconds, uniform:a:b, or never; anything else is none", () => {
  assert.equal(parseSetting("1.5"), { kind: "constant", value: 1.5 });
  assert.equal(parseSetting("uniform:1:2.5"), { kind: "uniform", min: 1, max: 2.5 });
  assert.is(parseSetting("never"), "never");
  for (const text of ["", "soon", "-1", "uniform:1"]) assert.is(parseSetting(text), null);
});

test("a container's own setting comes before the pod's", () => {
  const behaviour = new Behaviour(1);
  const both = pod({ "kubedrill.io/ready": "5", "kubedrill.io/ready.proxy": "1" });
  assert.is(behaviour.micros(both, "ready", "app", 0), 5_000_000);
  assert.is(behaviour.micros(both, "ready", "proxy", 0), 1_000_000);
  assert.is(behaviour.micros(both, "stop", "app", 77), 77);
});

test("draws belong to the pod, the purpose and the turn, not to the moment", () => {
  const behaviour = new Behaviour(1);
  const drawn = (of: Pod, turn = 0) => behaviour.micros(of, "run", "app", 0, turn);
  const a = pod({ "kubedrill.io/run": "uniform:0:100" }, "a");
  const b = pod({ "kubedrill.io/run": "uniform:0:100" }, "b");
  const first = drawn(a);
  assert.is.not(first, drawn(b));
  assert.is.not(first, drawn(a, 1));
  assert.is(drawn(a), first);
  assert.is(new Behaviour(1).micros(a, "run", "app", 0), first);
});

test("exit codes: given, by completion index, by chance", () => {
  const behaviour = new Behaviour(1);
  assert.is(behaviour.exitCode(pod({ "kubedrill.io/exit": "3" }), "app", 0), 3);
  const indexed = (index: string) =>
    pod({ "kubedrill.io/fail-indexes": "1,4-6", "batch.kubernetes.io/job-completion-index": index });
  assert.equal(
    ["0", "1", "2", "4", "5", "7"].map((index) => behaviour.exitCode(indexed(index), "app", 0)),
    [0, 1, 0, 1, 1, 0],
  );
  let failed = 0;
  for (let i = 0; i < 1000; i++)
    failed += behaviour.exitCode(pod({ "kubedrill.io/fail-frac": "0.3" }, `u${i}`), "app", 0);
  assert.ok(failed > 240 && failed < 360, String(failed));
});

test("what is said of the pod's containers is not said of its init containers", () => {
  const behaviour = new Behaviour(1);
  const both = pod({ "kubedrill.io/run": "100", "kubedrill.io/run.init": "3", "kubedrill.io/exit": "9" });
  assert.is(behaviour.initMicros(both, "init", 1), 3_000_000);
  assert.is(behaviour.initMicros(both, "other", 1), 1);
  assert.is(behaviour.initExitCode(both, "init", 0), 0);
});

test("amounts are quantities or plain numbers", () => {
  const behaviour = new Behaviour(1);
  const of = (text: string) => behaviour.amount(pod({ "kubedrill.io/cpu-use": text }), "cpu-use", "app", 1000);
  assert.equal([of("250m"), of("0.5"), of("2")], [250, 500, 2000]);
  assert.is(behaviour.amount(pod({ "kubedrill.io/memory-use": "64Mi" }), "memory-use", "app", 1), 64 * 1024 * 1024);
});

test.run();
