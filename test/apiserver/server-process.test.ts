// API servers that die, start, drain, stand still or are cut off: what their clients meet, and that no watch loses or doubles a change.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ApiError } from "../../sim/apiserver/client.ts";
import { ApiFaultPoints } from "../../sim/apiserver/fault-points.ts";
import { Informer } from "../../sim/apiserver/informer.ts";
import { SECOND } from "../../sim/engine/tick.ts";
import { NetworkFaultPoints } from "../../sim/network/fault-points.ts";
import { namespace, smallServer, textOf } from "./small-server.ts";

const configMap = (name: string) => ({ metadata: { name, namespace: "default" } });

test("a crash resets what is open, and refuses what comes then", () => {
  const { admin, api, engine, run } = smallServer();
  const faults = new ApiFaultPoints(api);
  const seen: string[] = [];
  admin.create("configMaps", configMap("a"), (answer) => seen.push(`${textOf(answer)} at ${engine.now}`));
  engine.run(700 as never);
  faults.crash("apiserver-0");
  assert.equal(faults.servers(), [{ name: "apiserver-0", zone: "a", role: "down" }]);
  assert.equal(seen, ["0 read tcp <addr>: read: connection reset by peer at 700"]);
  admin.create("configMaps", configMap("b"), (answer) => seen.push(textOf(answer)));
  run(1);
  assert.is(seen[1], "0 dial tcp <addr>: connect: connection refused");
  assert.equal(
    api.list("configMaps").map(({ metadata }) => metadata.name),
    [],
    "whoever looks from outside sees what was known last",
  );
});

test("a restarted server answers 403 until it knows who may do what, and then as before", () => {
  const { admin, api, run } = smallServer();
  const faults = new ApiFaultPoints(api);
  const nobody = api.client({ name: "load", user: "system:kube-scheduler" });
  faults.crash("apiserver-0");
  run(5);
  faults.start("apiserver-0");
  run(0.5);
  const early: string[] = [];
  nobody.get("nodes", "n", (answer) => early.push(textOf(answer)));
  admin.get("nodes", "n", (answer) => early.push(textOf(answer)));
  run(3);
  assert.equal(early.sort(), [
    '403 nodes "n" is forbidden: User "system:kube-scheduler" cannot get resource "nodes" in API group "" at the cluster scope',
    '404 nodes "n" not found',
  ]);
  const late: string[] = [];
  nobody.get("nodes", "n", (answer) => late.push(textOf(answer)));
  run(1);
  assert.equal(late, ['404 nodes "n" not found']);
});

test("watches survive the death of their server: they go on at another one, without gap or double", () => {
  const { admin, api, create, run } = smallServer({}, 3);
  const faults = new ApiFaultPoints(api);
  const clients = Array.from({ length: 12 }, (_, i) => api.client(`watcher-${i}`));
  const logs = clients.map((client) => {
    const log: string[] = [];
    new Informer(client, "configMaps", { added: (object) => log.push(object.metadata.name) });
    return log;
  });
  const lists = clients.map(() => 0);
  run(1);
  const used = new Set(clients.map((client) => client.transport?.server.name));
  assert.is(used.size, 3, "the load balancer spreads them");
  create("configMaps", configMap("a"));
  for (const name of ["apiserver-0", "apiserver-1"]) faults.crash(name);
  admin.create("configMaps", configMap("b"));
  run(0.2);
  admin.create("configMaps", configMap("c"));
  run(5);
  for (const log of logs) assert.equal(log, ["a", "b", "c"]);
  assert.equal(new Set(clients.map((client) => client.transport?.server.name)), new Set(["apiserver-2"]));
  assert.ok(lists.every((count) => count === 0));
  faults.start("apiserver-0");
  run(5);
  faults.crash("apiserver-2");
  run(40);
  create("configMaps", configMap("d"));
  run(1);
  for (const log of logs) assert.equal(log, ["a", "b", "c", "d"], "a server that listed anew serves whoever comes");
});

test("SIGTERM: new connections are refused at once, watches last a minute", () => {
  const { admin, api, engine, run } = smallServer();
  const faults = new ApiFaultPoints(api);
  const log: string[] = [];
  const watcher = api.client("watcher");
  new Informer(watcher, "configMaps", {});
  run(1);
  const termMicros = engine.now;
  faults.terminate("apiserver-0");
  admin.create("configMaps", configMap("a"), (answer) => log.push(textOf(answer)));
  run(58);
  assert.equal(log, ["0 dial tcp <addr>: connect: connection refused"]);
  assert.is(faults.servers()[0]?.role, "up", "it waits for its watches");
  run(3);
  assert.is(faults.servers()[0]?.role, "down");
  assert.ok(engine.now - termMicros >= 60 * SECOND);
});

test("a client that is cut off hangs, and finds out after 45 seconds; a short cut costs only time", () => {
  const { api, create, engine, network, run } = smallServer();
  const faults = new NetworkFaultPoints(network);
  const place = { name: "node-1", machine: "node-1", zone: "z" };
  const client = api.client({ name: "kubelet/node-1", place });
  const log: string[] = [];
  new Informer(client, "configMaps", { added: (object) => log.push(`${object.metadata.name} ${engine.now}`) });
  run(1);
  const short = faults.cut({ hosts: ["node-1"] }, { zones: ["a"] });
  create("configMaps", configMap("a"));
  run(9);
  assert.equal(log, []);
  short();
  run(10);
  assert.equal(
    log.map((line) => line.split(" ")[0]),
    ["a"],
    "what was sent is sent again",
  );
  faults.cut({ hosts: ["node-1"] }, { zones: ["a"] });
  const answers: string[] = [];
  const atMicros = engine.now;
  client.get("nodes", "x", (answer) => answers.push(`${textOf(answer)} after ${(engine.now - atMicros) / SECOND}`));
  run(50);
  assert.equal(answers, ["0 http2: client connection lost after 45"]);
});

test("a client with a time-out of its own gives up sooner", () => {
  const { api, network, run } = smallServer();
  const place = { name: "node-1", machine: "node-1", zone: "z" };
  const client = api.client({ name: "kubelet/node-1", place, timeoutMicros: 10 * SECOND });
  run(1);
  client.get("nodes", "x", () => undefined);
  run(1);
  new NetworkFaultPoints(network).cut({ hosts: ["node-1"] }, { zones: ["a"] });
  const answers: string[] = [];
  client.get("nodes", "x", (answer) => answers.push(textOf(answer)));
  run(9.9);
  assert.equal(answers, []);
  run(0.2);
  assert.equal(answers, ["0 context deadline exceeded (Client.Timeout exceeded while awaiting headers)"]);
});

test("SIGSTOP: requests hang, and are answered when the process goes on", () => {
  const { api, engine, run } = smallServer();
  const client = api.client("c");
  const answers: string[] = [];
  client.get("nodes", "x", (answer) => answers.push(textOf(answer)));
  run(1);
  const again = new ApiFaultPoints(api).freeze("apiserver-0");
  client.get("nodes", "x", (answer) => answers.push(`${textOf(answer)} at ${Math.floor(engine.now / SECOND)}`));
  run(20);
  assert.is(answers.length, 1);
  again();
  again();
  run(2);
  assert.is(answers.length, 2);
  assert.match(answers[1]!, /^404 .* at 21$/);
});

test("an expired certificate hurts when a connection is dialled, not before", () => {
  const { api, ask, run } = smallServer();
  const faults = new ApiFaultPoints(api);
  const client = api.client({ name: "s", user: "system:kube-scheduler" });
  const get = () => textOf(ask((done) => client.get("nodes", "x", done)));
  assert.is(get(), '404 nodes "x" not found');
  const renew = faults.expireCertificate("system:kube-scheduler");
  assert.is(get(), '404 nodes "x" not found');
  faults.dropConnections("system:kube-scheduler");
  run(1);
  assert.is(get(), "0 tls: failed to verify certificate: x509: certificate has expired or is not yet valid");
  renew();
  assert.is(get(), '404 nodes "x" not found');
});

test("watches that expire make their clients list anew", () => {
  const { api, create, run } = smallServer();
  const faults = new ApiFaultPoints(api);
  let lists = 0;
  api.client("w").listAndWatch("configMaps", {}, { listed: () => lists++, event: () => undefined });
  run(1);
  create("configMaps", configMap("a"));
  faults.breakWatches("apiserver-0");
  run(40);
  assert.is(lists, 1, "it went on where it was");
  faults.breakWatches("apiserver-0", true);
  run(40);
  assert.is(lists, 2);
});

test("overload: requests wait for the processors", () => {
  const { api, engine, run } = smallServer({ cpuCores: 1 });
  const client = api.client("c");
  const undo = new ApiFaultPoints(api).overload("apiserver-0", 100);
  let lastMicros = 0;
  for (let i = 0; i < 50; i++) {
    client.get("nodes", "x", () => {
      lastMicros = engine.now;
    });
  }
  run(60);
  // 49 others before the last, 30 ms each
  assert.ok(lastMicros > 1.4 * SECOND && lastMicros < 1.6 * SECOND, `${lastMicros}`);
  undo();
  run(1);
  const begin = engine.now;
  client.get("nodes", "x", () => {
    lastMicros = engine.now;
  });
  run(1);
  assert.ok(lastMicros - begin < 5000);
});

test("overload: what has run out of time before a processor came to it does not begin", () => {
  const { admin, api, run } = smallServer();
  new ApiFaultPoints(api).overload("apiserver-0", 100_000);
  const answers: string[] = [];
  for (let i = 0; i < 40; i++) admin.create("namespaces", namespace(`n${i}`), (answer) => answers.push(textOf(answer)));
  run(90);
  // their places are others' meanwhile
  for (let i = 0; i < 40; i++) admin.get("namespaces", `n${i}`, (answer) => answers.push(textOf(answer)));
  run(600);
  assert.is(answers.length, 80);
  assert.ok(answers.some((text) => text.startsWith("504")));
});

test("a client keeps to its qps and burst, and waits as a Retry-After says", () => {
  const { api, engine, run } = smallServer();
  const client = api.client({ name: "c", qps: 10, burst: 5 });
  const times: number[] = [];
  for (let i = 0; i < 15; i++) client.get("nodes", "x", () => times.push(Math.round(engine.now / 100_000)));
  run(5);
  assert.equal(times, [0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  assert.ok(!(times as unknown[]).some((it) => it instanceof ApiError));
});

test.run();
