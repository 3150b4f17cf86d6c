// In a whole cluster too, what has nothing to do with the rest leaves everybody's luck as it was: one more node, workload, fault, action or
// Service. Compared draw by draw are the streams that belong to somebody; what all share (disks of etcd, links, the scheduler's cycles)
// is drawn once per write, packet or pod, so that more of these move it. Kubelets draw by pod: compared are what they drew it for.
// test-timeout: 120s
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Cluster } from "../../sim/cluster.ts";
import { Engine } from "../../sim/engine/engine.ts";
import type { RandomStream } from "../../sim/engine/random.ts";
import { problemText } from "../../sim/model/problem.ts";
import { loadScenarioText } from "../../sim/scenario/load.ts";
import type { Plan } from "../../sim/scenario/plan.ts";
import { repositoryRoot } from "../checks/source-tree.ts";

const FILE = join(repositoryRoot, "test/fixtures/whole-cluster/fresh.yaml");
const TEXT = readFileSync(FILE, "utf8").replace("duration: 9m", "duration: 5m");

/** Drawn from once per write, packet, request or pod of anybody; and once per try of the Deployment that its quota refuses;
 * and what others are about. */
const SHARED =
  /^(etcd\/|network\/|scheduler\/|apiserver\/client\/|[^/]+\/etcd\/|traffic\/proxy\/|controllers\/[^/]+\/names\/replicaSets\/(team\/|default\/other-))/;

interface Luck {
  readonly draws: ReadonlyMap<string, readonly number[]>;
  /** Of each pod that came to its end: what with, and the seconds that it ran. */
  readonly ends: ReadonlyMap<string, readonly [number, number]>;
  readonly names: ReadonlySet<string>;
}

function planOf(parts: {
  pools?: string;
  objects?: string;
  faults?: string;
  actions?: string;
  services?: string;
}): Plan {
  const { actions = "", faults = "", objects = "", pools = "", services = "" } = parts;
  const text = TEXT.replace("nodePools: [", `nodePools: [${pools}`)
    .replace("    objects:\n", `    objects:\n${OTHER}${objects}`)
    .replace("  faults:\n", `  faults:\n${faults}`)
    .replace("  traffic: { services: [", `${actions}  traffic: { services: [${services}`);
  const { plans, problems } = loadScenarioText(text, FILE, dirname(FILE));
  assert.equal(problems.map(problemText), []);
  return plans[0]!;
}

const deployment = (name: string) =>
  `      - { apiVersion: apps/v1, kind: Deployment, metadata: { name: ${name} }, spec: { replicas: 1, selector: { matchLabels: { app: ${name} } }, template: { metadata: { labels: { app: ${name} } }, spec: { containers: [{ name: c, image: "registry.example/other:v1", resources: { requests: { cpu: 10m } } }] } } } }\n`;
// what the other faults, actions and requests are about
const OTHER = deployment("other");

function luckOf(plan: Plan): Luck {
  const draws = new Map<string, number[]>();
  const original = Engine.prototype.stream;
  const listening = new WeakMap<RandomStream, RandomStream>();
  Engine.prototype.stream = function (this: Engine, path: string): RandomStream {
    const stream = original.call(this, path);
    const known = listening.get(stream);
    if (known !== undefined) return known;
    const list: number[] = [];
    draws.set(path, list);
    const note = (value: number): number => {
      list.push(value);
      return value;
    };
    const wrapped: RandomStream = {
      next: () => note(stream.next()),
      nextDouble: () => note(stream.nextDouble()),
      int: (n) => note(stream.int(n)),
    };
    listening.set(stream, wrapped);
    return wrapped;
  };
  const ends = new Map<string, readonly [number, number]>();
  const names = new Set<string>();
  try {
    const cluster = new Cluster(plan, plan.seed);
    cluster.controlPlane.api.onChange((kind, _type, object) => {
      if (kind !== "pods") return;
      const { metadata, status } = object as { metadata: { name: string }; status?: { containerStatuses?: Ended[] } };
      names.add(metadata.name);
      const ended = status?.containerStatuses?.[0]?.state?.terminated;
      if (ended?.startedAt === undefined || ended.finishedAt === undefined) return;
      const seconds = (Date.parse(ended.finishedAt) - Date.parse(ended.startedAt)) / 1000;
      ends.set(metadata.name, [ended.exitCode, seconds]);
    });
    cluster.run();
    assert.equal(cluster.freeze().identity.invalidReasons, []);
  } finally {
    Engine.prototype.stream = original;
  }
  return { draws, ends, names };
}

interface Ended {
  readonly state?: {
    readonly terminated?: { readonly exitCode: number; readonly startedAt?: string; readonly finishedAt?: string };
  };
}

const base = luckOf(planOf({}));

function assertSameLuck(more: Luck): void {
  for (const [path, values] of base.draws) if (!SHARED.test(path)) assert.equal(more.draws.get(path), values, path);
  // which tries of the Deployment in the quota come first decides which of its names are used
  for (const name of base.names) if (!name.startsWith("greedy-")) assert.ok(more.names.has(name), name);
  assert.ok([...base.ends.keys()].filter((name) => more.ends.has(name)).length >= base.ends.size - 1);
  for (const [name, [exitCode, seconds]] of base.ends) {
    const end = more.ends.get(name);
    // another node was free for it, which has died
    if (end === undefined) continue;
    const [code, took] = end;
    assert.is(code, exitCode, name);
    // times of the API are whole seconds
    assert.ok(Math.abs(took - seconds) <= 1, `${name} ran ${took} s, and ${seconds} s before`);
  }
}

test("there is luck to compare: names, faults, and Jobs of which some fail", () => {
  const paths = [...base.draws].filter(([path, { length }]) => length > 0 && !SHARED.test(path)).map(([path]) => path);
  for (const wanted of [/^controllers\/replicaset-controller\/names\//, /^controllers\/job-controller\/names\//])
    assert.ok(
      paths.some((path) => wanted.test(path)),
      String(wanted),
    );
  const codes = [...base.ends.values()].map(([code]) => code);
  assert.ok(codes.length >= 7 && codes.includes(0) && codes.includes(1), codes.join());
});

test("one more node that nobody may use", () =>
  assertSameLuck(
    luckOf(
      planOf({
        pools:
          "{ name: spare, count: 1, zones: [a], machine: { cpu: 1, memory: 1Gi }, taints: [{ key: reserved, effect: NoExecute }] }, ",
      }),
    ),
  ));

test("one more workload", () => assertSameLuck(luckOf(planOf({ objects: deployment("more") }))));

test("one more fault, of somebody else's containers", () => {
  const more = luckOf(
    planOf({
      faults: "    - { id: kills, every: { exponential: 20s }, containerKill: { selector: app=other, count: 1 } }\n",
    }),
  );
  assert.ok((more.draws.get("fault/kills/gap")?.length ?? 0) > 2);
  assertSameLuck(more);
});

test("one more action, on somebody else", () =>
  assertSameLuck(
    luckOf(
      planOf({
        actions: "  actions:\n    - { id: grow, at: 30s, scale: { object: deployment/other, replicas: 3 } }\n",
      }),
    ),
  ));

test("one more Service with requests", () =>
  assertSameLuck(
    luckOf(
      planOf({
        objects:
          "      - { apiVersion: v1, kind: Service, metadata: { name: other }, spec: { selector: { app: other }, ports: [{ port: 80 }] } }\n",
        services: "{ service: other, rate: 50/s }, ",
      }),
    ),
  ));

test.run();
