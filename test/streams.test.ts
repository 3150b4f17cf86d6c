// One more node, fault or workload source that has nothing to do with the rest leaves every other random stream as it was: each draw of
// each stream is written down, with its time, and compared.
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { simulate } from "../sim/cluster.ts";
import { Engine } from "../sim/engine/engine.ts";
import type { RandomStream } from "../sim/engine/random.ts";
import { problemText } from "../sim/model/problem.ts";
import { loadScenarioText } from "../sim/scenario/load.ts";
import type { Plan } from "../sim/scenario/plan.ts";
import { repositoryRoot } from "./checks/source-tree.ts";

/** Draws by stream: `time value` each; of choices among n, the n before the value. */
type Draws = ReadonlyMap<string, readonly string[]>;

function drawsOf(plan: Plan): Draws {
  const draws = new Map<string, string[]>();
  const original = Engine.prototype.stream;
  const wrapped = new WeakMap<RandomStream, RandomStream>();
  Engine.prototype.stream = function (this: Engine, path: string): RandomStream {
    const stream = original.call(this, path);
    const known = wrapped.get(stream);
    if (known !== undefined) return known;
    const list: string[] = [];
    draws.set(path, list);
    const note = (value: number, of = ""): number => {
      list.push(`${this.now} ${of}${value}`);
      return value;
    };
    const listening: RandomStream = {
      next: () => note(stream.next()),
      nextDouble: () => note(stream.nextDouble()),
      int: (n) => note(stream.int(n), `${n}:`),
    };
    wrapped.set(stream, listening);
    return listening;
  };
  try {
    const { identity } = simulate(plan);
    assert.equal(identity.invalidReasons, []);
  } finally {
    Engine.prototype.stream = original;
  }
  return draws;
}

interface Extra {
  readonly pools?: string;
  readonly workload?: string;
  readonly faults?: string;
}

function planWith({ pools = "", workload = "", faults = "" }: Extra): Plan {
  const { plans, problems } = loadScenarioText(
    `apiVersion: kubedrill/v1alpha1
kind: Scenario
metadata: { name: streams }
spec:
  seed: 5
  duration: 8m
  cluster:
    controlPlane: { controllerManager: false, etcd: { members: 3, zones: [a, b, c] }, scheduler: { cycleLatency: { exponential: 1ms }, tieBreak: seeded } }
    nodePools:
      - { name: general, count: 6, zones: [a, b, c], machine: { cpu: 8, memory: 32Gi, ephemeralStorage: 200Gi } }
${pools}
  workload:
    - arrivals: { shape: ../shapes/small-job.yaml, every: { exponential: 2s }, lifetime: { exponential: 20s } }
${workload}
  faults:
    - { id: crashes, mtbf: 2m, per: member, keepQuorum: true, etcdMemberCrash: { for: { exponential: 20s } } }
    - { id: loss, every: { exponential: 3m }, networkLoss: { role: any, count: 1, loss: 5%, for: 30s } }
${faults}
`,
    "streams.yaml",
    join(repositoryRoot, "scenarios/failures"),
  );
  assert.equal(problems.map(problemText), []);
  return plans[0]!;
}

const base = drawsOf(planWith({}));

function assertOnlyAdds(extra: Draws, added: RegExp): void {
  for (const [path, draws] of base) {
    const others = extra.get(path);
    assert.ok(others !== undefined, `${path} is gone`);
    assert.is(others.length, draws.length, `${path} has more or fewer draws`);
    for (const [i, draw] of draws.entries()) assert.is(others[i], draw, `${path}, draw ${i}`);
  }
  const more = [...extra.keys()].filter((path) => !base.has(path));
  assert.ok(more.length > 0, "something draws that did not before");
  for (const path of more) assert.match(path, added);
}

test("the scenario draws from streams of many kinds", () => {
  const paths = [...base].filter(([, draws]) => draws.length > 0).map(([path]) => path);
  for (const wanted of [
    /^fault\/crashes\/etcd-1\/gap$/,
    /^fault\/loss\//,
    /^etcd\/etcd-0\/fsync$/,
    /^etcd\/etcd-2\/raft$/,
  ])
    assert.ok(
      paths.some((path) => wanted.test(path)),
      String(wanted),
    );
  assert.ok(paths.length > 15, `${paths.length} streams`);
  assert.ok([...base.values()].reduce((sum, draws) => sum + draws.length, 0) > 10_000);
});

test("one more fault that harms nobody", () => {
  const extra = drawsOf(
    planWith({
      faults:
        "    - { id: echo, every: { exponential: 30s }, etcdCompactionStall: { role: any, count: 1, for: { exponential: 5s } }, until: 4m }",
    }),
  );
  assert.ok((extra.get("fault/echo/gap")?.length ?? 0) > 2);
  assertOnlyAdds(extra, /^fault\/echo\//);
});

test("the same as the first of the list, without an id", () => {
  const plan = planWith({
    faults: "    - { every: { exponential: 1m }, etcdSlowDisk: { extra: 0s, for: 5s } }",
  });
  const faults = [plan.faults.at(-1)!, ...plan.faults.slice(0, -1)];
  assertOnlyAdds(drawsOf({ ...plan, faults }), /^fault\/etcdSlowDisk@every\//);
});

test("one more node that nobody may use", () => {
  const plan = planWith({
    pools:
      "      - { name: spare, count: 1, zones: [a], machine: { cpu: 1, memory: 1Gi }, taints: [{ key: reserved, effect: NoSchedule }] }",
  });
  const extra = drawsOf(plan);
  for (const [path, draws] of base) assert.equal(extra.get(path), draws, path);
});

test("a fault that strikes changes draws only from then on, and nobody's luck: streams stay the same sequences", () => {
  const extra = drawsOf(planWith({ faults: "    - { id: hit, at: 5m, etcdLeaderFailure: { for: 20s } }" }));
  const strikes = 5 * 60 * 1e6;
  for (const [path, draws] of base) {
    const others = extra.get(path) ?? [];
    const before = (list: readonly string[]) => list.filter((draw) => Number(draw.split(" ")[0]) < strikes);
    assert.equal(before(others), before(draws), path);
    // what is drawn later is the same sequence, at other times; a choice depends on how many there are to choose from
    if (draws.some((draw) => draw.includes(":"))) continue;
    const values = (list: readonly string[]) => list.map((draw) => draw.split(" ")[1]);
    const shorter = Math.min(others.length, draws.length);
    assert.equal(values(others).slice(0, shorter), values(draws).slice(0, shorter), path);
  }
  assert.equal(extra.get("fault/crashes/etcd-1/gap")?.[0], base.get("fault/crashes/etcd-1/gap")?.[0]);
});

test.run();
