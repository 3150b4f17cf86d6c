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
import { SECOND, type Tick } from "../../sim/engine/tick.ts";
import { EtcdError } from "../../sim/etcd/client.ts";
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
    n: ["list 0", "ADDED a", "MODIFIED a", "DELETED a"],
    m: ["list 0"],
    assigned: ["list 0", "ADDED a", "MODIFIED a", "DELETED a"],
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

const LOST = new EtcdError("Unavailable", "etcdserver: request timed out");
const RESET = new EtcdError("Unavailable", "error reading from server: connection reset by peer");

test("errors of etcd are what kube-apiserver's clients see: 500, no reason, and the text", () => {
  const { engine, etcd, server } = setUp();
  const seen: string[] = [];
  const note = (answer: unknown) => {
    if (answer instanceof ApiError)
      seen.push(`${answer.code} ${answer.reason} ${answer.isTransient} ${answer.message}`);
  };
  const client = server.client("c");
  for (const error of [LOST, RESET, new EtcdError("ResourceExhausted", "etcdserver: mvcc: database space exceeded")]) {
    etcd.fault = () => ({ error, carriedOut: false });
    client.create("pods", makePod("a"), note);
    engine.run();
  }
  client.get("pods", "default/a", note);
  client.list("pods", {}, note);
  client.delete("pods", "default/a", {}, note);
  engine.run();
  const space = "500 Unknown true etcdserver: mvcc: database space exceeded";
  assert.equal(seen, [
    "500 Unknown true etcdserver: request timed out",
    "500 Unknown true rpc error: code = Unavailable desc = error reading from server: connection reset by peer",
    ...[space, space, space, space],
  ]);
  assert.is(etcd.writes, 0);
});

test("a write whose answer is lost may have happened: watchers are told all the same", () => {
  const { engine, etcd, server } = setUp();
  const informer = new Informer(server.client("reader"), "pods", {});
  engine.run();
  etcd.fault = ({ kind }) => (kind === "txn" ? { error: LOST, carriedOut: true } : null);
  let answer: unknown;
  server.client("c").create("pods", makePod("a"), (it) => {
    answer = it;
  });
  engine.run();
  assert.instance(answer, ApiError);
  assert.equal([...informer.cache.keys()], ["default/a"]);
});

test("a write that etcd does not answer is answered after 34 seconds, once", () => {
  const { engine, server } = setUp({ etcdMicros: 90 * SECOND });
  const seen: string[] = [];
  server.client("c").create("pods", makePod("a"), (answer) => {
    seen.push(`${answer instanceof ApiError ? `${answer.code} ${answer.reason}` : "created"} at ${engine.now}`);
  });
  engine.run((300 * SECOND) as Tick);
  assert.equal(seen, [`504 Timeout at ${34 * SECOND + 2}`]);
  assert.is(server.openRequests, 0);
  assert.equal(
    server.list("pods").map((pod) => pod.metadata.name),
    ["a"],
    "it has happened",
  );
});

test("an update is made on the newest state, whatever the cache believes", () => {
  const { engine, etcd, store, server } = setUp({ etcdMicros: 1000 });
  const client = server.client("c");
  client.create("pods", makePod("a"));
  engine.run((5 * SECOND) as Tick);
  const old = server.get("pods", "default/a")!;
  // somebody else, while the cache does not hear of it
  const direct = new ObjectStore(etcd.instantly(), () => engine.now);
  direct.update("pods", { ...old, metadata: { ...old.metadata, labels: { from: "elsewhere" } } });
  const codes: unknown[] = [];
  const note = (answer: unknown) => codes.push(answer instanceof ApiError ? answer.code : "ok");
  client.updateStatus(
    "pods",
    { ...old, metadata: { ...old.metadata, resourceVersion: undefined }, status: { phase: "Running" } },
    note,
  );
  client.updateStatus("pods", { ...old, status: { phase: "Failed" } }, note);
  client.bind({ namespace: "default", name: "a", uid: "uid-a", nodeName: "n" }, note);
  engine.run((10 * SECOND) as Tick);
  assert.equal(codes, ["ok", 409, "ok"].sort(), "the stale version is refused, the others are not");
  const { metadata, status, spec } = server.get("pods", "default/a")!;
  assert.equal([metadata.labels, status?.phase, spec.nodeName], [{ from: "elsewhere" }, "Running", "n"]);
  assert.ok(store !== undefined);
});

test("a missing leader is waited for; after half a minute clients' watches break off, and go on where they were", () => {
  const { engine, etcd, server } = setUp();
  const lists: number[] = [];
  const seen: string[] = [];
  server.client("c").listAndWatch(
    "pods",
    {},
    {
      listed: (items) => lists.push(items.length),
      event: (type, pod) => seen.push(`${type} ${pod.metadata.name}`),
    },
  );
  engine.run(SECOND as Tick);
  const noLeader = new EtcdError("Unavailable", "etcdserver: no leader");
  etcd.endWatches(noLeader);
  engine.run((3 * SECOND) as Tick);
  server.client("c").create("pods", makePod("a"));
  engine.run((10 * SECOND) as Tick);
  assert.equal([lists, seen], [[0], ["ADDED a"]], "the watch went on");
  for (let i = 0; i < 60; i++) {
    etcd.endWatches(noLeader);
    engine.run((engine.now + SECOND) as Tick);
  }
  engine.run((engine.now + 300 * SECOND) as Tick);
  assert.equal(lists, [0], "nothing was lost: no reason to list");
  server.client("c").create("pods", makePod("b"));
  engine.run((engine.now + SECOND) as Tick);
  assert.equal(seen, ["ADDED a", "ADDED b"]);
});

test("after a compaction that overtook it, and after a restored backup, a cache tells what has changed", () => {
  const { engine, etcd, store, server } = setUp();
  const log: string[] = [];
  new Informer(server.client("c"), "pods", {
    added: (pod) => log.push(`+${pod.metadata.name}`),
    updated: (_before, pod) => log.push(`~${pod.metadata.name}`),
    deleted: (pod) => log.push(`-${pod.metadata.name}`),
  });
  for (const name of ["a", "b"]) store.create("pods", makePod(name));
  const backup = { kvs: etcd.values, revision: etcd.revision };
  engine.run(SECOND as Tick);
  assert.equal(log.splice(0), ["+a", "+b"]);
  const compacted = new EtcdError("OutOfRange", "etcdserver: mvcc: required revision has been compacted");
  etcd.endWatches(compacted, 3);
  store.delete("pods", "default/a", {});
  store.create("pods", makePod("c"));
  engine.run((100 * SECOND) as Tick);
  assert.equal(log.splice(0), ["-a", "+c"]);
  etcd.restore(backup.kvs, backup.revision);
  etcd.endWatches(compacted, 3);
  engine.run((200 * SECOND) as Tick);
  assert.equal(log.sort(), ["+a", "-c"]);
});

test("a server that is restarted after etcd was restored to lower revisions sees what comes then", () => {
  const { engine, etcd, store, server } = setUp({ etcdMicros: 1000 });
  const log: string[] = [];
  new Informer(server.client("c"), "pods", {
    added: (pod) => log.push(`+${pod.metadata.name}`),
    deleted: (pod) => log.push(`-${pod.metadata.name}`),
  });
  const instant = new ObjectStore(etcd.instantly(), () => engine.now);
  instant.create("pods", makePod("a"));
  const backup = { kvs: etcd.values, revision: etcd.revision };
  for (const name of ["b", "c", "d"]) instant.create("pods", makePod(name));
  engine.run((10 * SECOND) as Tick);
  assert.equal(log.splice(0), ["+a", "+b", "+c", "+d"]);
  etcd.restore(backup.kvs, backup.revision);
  server.restart();
  engine.run((20 * SECOND) as Tick);
  assert.equal(log.splice(0), ["-b", "-c", "-d"]);
  instant.create("pods", makePod("e"));
  engine.run((30 * SECOND) as Tick);
  assert.equal(log, ["+e"], "although its revision is lower than those that were seen before");
  assert.is(etcd.openWatches, 2, "one for each kind");
  assert.ok(store !== undefined);
});

test("compaction every five minutes forgets what was before the last round, and rests when nothing is written", () => {
  const { engine, etcd, server } = setUp();
  server.client("c").create("pods", makePod("a"));
  const compactions = () => etcd.requests.flatMap((r) => (r.kind === "compact" ? [r.revision] : []));
  engine.run((301 * SECOND) as Tick);
  assert.equal(compactions(), [], "the first round has nothing to go by");
  server.client("c").create("pods", makePod("b"));
  engine.run((601 * SECOND) as Tick);
  assert.equal(compactions(), [3], "as of the round before");
  assert.is(server.ownTimers, 1);
  engine.run((901 * SECOND) as Tick);
  assert.equal(compactions(), [3, 5]);
  assert.equal([server.ownTimers, engine.pending], [0, 0]);
  engine.run((100_000 * SECOND) as Tick);
  assert.is(compactions().length, 2);
  // another API server has had a round: this one learns how many there were
  etcd.put("compact_rev_key", 0);
  server.client("c").create("pods", makePod("c"));
  engine.run((101_000 * SECOND) as Tick);
  assert.is(compactions().length, 3);
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
