// The API server on a store in memory: answers come later, watches are complete and ordered, a list and its watch leave no gap;
// and what clients see when the store fails, is slow, or begins its watches anew.
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ApiError } from "../../sim/apiserver/client.ts";
import { Informer } from "../../sim/apiserver/informer.ts";
import { ApiServer } from "../../sim/apiserver/server.ts";
import type { Distribution } from "../../sim/engine/distributions.ts";
import { Engine } from "../../sim/engine/engine.ts";
import type { Tick } from "../../sim/engine/tick.ts";
import type { Pod } from "../../sim/model/objects.ts";
import { makePod } from "../scheduler/builders.ts";
import { MemoryEtcd } from "./memory-etcd.ts";
import { ObjectStore } from "./object-store.ts";

interface SetUp {
  readonly request?: Distribution;
  readonly watch?: Distribution;
  readonly etcdMicros?: number | null;
  readonly seed?: string;
  readonly shuffleTies?: string | undefined;
}

function setUp({ request = constant(2), watch = constant(0), etcdMicros = null, seed = "1", shuffleTies }: SetUp = {}) {
  const engine = new Engine({ seed, shuffleTies });
  const etcd = new MemoryEtcd(engine, etcdMicros);
  const server = new ApiServer({
    engine,
    etcd,
    kinds: ["pods", "nodes"],
    requestLatencyMicros: request,
    watchLatencyMicros: watch,
  });
  // changes made behind the API server's back
  const store = new ObjectStore(etcd, () => engine.now);
  server.start();
  return { engine, etcd, store, server };
}

const constant = (value: number): Distribution => ({ kind: "constant", value });

test("a request takes effect halfway and is answered at the end", () => {
  const { engine, server } = setUp({ request: constant(9) });
  const seen: string[] = [];
  server.onChange((_kind, type) => seen.push(`${type} at ${engine.now}`));
  server.client("c").create("pods", makePod("a"), (answer) => {
    seen.push(`${answer instanceof ApiError ? "refused" : "created"} at ${engine.now}`);
  });
  assert.equal(seen, [], "nothing happens within the call");
  engine.run();
  assert.equal(seen, ["ADDED at 5", "created at 9"]);
});

test("refusals are answers", () => {
  const { engine, server } = setUp();
  const client = server.client("c");
  const codes: number[] = [];
  const note = (answer: unknown) => codes.push(answer instanceof ApiError ? answer.code : 200);
  client.create("pods", makePod("a"), note);
  client.create("pods", makePod("a"), note);
  client.get("pods", "default/a", note);
  client.get("pods", "default/b", note);
  client.delete("pods", "default/b", {}, note);
  client.bind({ namespace: "default", name: "a", uid: "wrong", nodeName: "n" }, note);
  engine.run();
  assert.equal(codes, [200, 409, 200, 404, 404, 409]);
});

test("watchers of one node see its pods only, and a bound pod as added", () => {
  const { engine, server } = setUp({ watch: constant(3) });
  const client = server.client("c");
  const seen: Record<string, string[]> = { n: [], m: [], assigned: [], all: [] };
  const watch = (name: string, selector: { nodeName?: string; assigned?: boolean }) =>
    client.listAndWatch("pods", selector, {
      listed: (items) => seen[name]!.push(`list ${items.length}`),
      event: (type, pod) => seen[name]!.push(`${type} ${pod.metadata.name}`),
    });
  watch("n", { nodeName: "n" });
  watch("m", { nodeName: "m" });
  watch("assigned", { assigned: true });
  const all = watch("all", {});
  engine.run();
  client.create("pods", makePod("a"));
  client.bind({ namespace: "default", name: "a", uid: "uid-a", nodeName: "n" });
  engine.run();
  all.stop();
  client.delete("pods", "default/a", { gracePeriodSeconds: 0 });
  engine.run();
  assert.equal(seen, {
    n: ["list 0", "ADDED a", "DELETED a"],
    m: ["list 0"],
    assigned: ["list 0", "ADDED a", "DELETED a"],
    all: ["list 0", "ADDED a", "MODIFIED a"],
  });
});

test("whatever the latencies, an informer ends with the store's state and sees each version in order", () => {
  const random: Distribution = { kind: "uniform", min: 0, max: 50 };
  const operation = fc.record({
    at: fc.nat(200),
    name: fc.constantFrom("a", "b", "c"),
    kind: fc.integer({ min: 0, max: 3 }),
  });
  fc.assert(
    fc.property(
      fc.array(operation, { maxLength: 40 }),
      fc.nat(150),
      fc.string(),
      fc.boolean(),
      fc.constantFrom(null, 0, 7),
      (operations, openAt, seed, shuffle, etcdMicros) => {
        const shuffleTies = shuffle ? seed : undefined;
        const { engine, store, server } = setUp({ request: random, watch: random, etcdMicros, seed, shuffleTies });
        const client = server.client("writer");
        for (const { at, name, kind } of operations) {
          engine.at(at as Tick, () => {
            if (kind <= 1) client.create("pods", makePod(name));
            else if (kind === 2) client.updateStatus("pods", { ...makePod(name), status: { message: `at ${at}` } });
            else client.delete("pods", `default/${name}`, {});
          });
        }
        const versions: number[] = [];
        const newest = new Map<string, number>();
        const note = ({ metadata }: Pod) => {
          const version = Number(metadata.resourceVersion);
          assert.ok(version > (newest.get(metadata.name) ?? 0), "an object's versions come in order");
          newest.set(metadata.name, version);
          versions.push(version);
        };
        let informer: Informer<"pods"> | undefined;
        engine.at(openAt as Tick, () => {
          const handlers = {
            added: note,
            updated: (_before: Pod, after: Pod) => note(after),
            deleted: note,
          };
          informer = new Informer(server.client("reader"), "pods", handlers);
        });
        engine.run();
        assert.equal([...(informer?.cache.values() ?? [])], store.list("pods"));
        assert.is(new Set(versions).size, versions.length, "none twice");
      },
    ),
    { seed: 7, numRuns: 200 },
  );
});

test("a watch that begins anew tells what was missed", () => {
  const log: string[] = [];
  let relist: (items: readonly ReturnType<typeof makePod>[]) => void = () => undefined;
  const client = {
    listAndWatch: (_kind: string, _selector: unknown, sink: { listed: typeof relist }) => {
      relist = (items) => sink.listed(items);
      return { stop: () => undefined };
    },
  };
  new Informer(client as never, "pods", {
    added: (pod) => log.push(`+${pod.metadata.uid}`),
    updated: (_before, pod) => log.push(`~${pod.metadata.uid}`),
    deleted: (pod) => log.push(`-${pod.metadata.uid}`),
  });
  const version = (name: string, resourceVersion: string, uid = name) => makePod(name, {}, { resourceVersion, uid });
  relist([version("a", "1"), version("b", "2"), version("c", "3")]);
  relist([version("b", "2"), version("c", "5"), version("d", "6"), version("a", "7", "a2")]);
  assert.equal(log, ["+a", "+b", "+c", "~c", "+d", "-a", "+a2"]);
});

test.run();
