// A proxy's own connection: when it hears of changes again after it was cut off, as every reflector does.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { SECOND } from "../../sim/engine/tick.ts";
import type { Place } from "../../sim/network/reachability.ts";
import { KubeProxy } from "../../sim/traffic/kube-proxy.ts";
import { type SmallServer, smallServer } from "../apiserver/small-server.ts";

const test = suite("traffic/kube-proxy");

const NODES = ["n-0", "n-1", "n-2", "n-3"];

interface Proxies {
  readonly server: SmallServer;
  readonly proxies: readonly KubeProxy[];
  /** When each has synced, in seconds. */
  readonly synced: Map<string, number[]>;
  cut(): () => void;
}

function proxies(servers = 1): Proxies {
  const server = smallServer({}, servers);
  const synced = new Map<string, number[]>();
  const made = NODES.map((name) => {
    const place: Place = { name, machine: name, zone: "a" };
    synced.set(name, []);
    return new KubeProxy({
      engine: server.engine,
      place,
      minSyncMicros: SECOND,
      syncMicros: { kind: "constant", value: 0 },
      client: server.api.client({ name: `kube-proxy/${name}`, place }),
      synced: () => synced.get(name)?.push(server.engine.now / SECOND),
    });
  });
  server.run(10);
  const isNode = ({ name }: Place) => name.startsWith("n-");
  return {
    server,
    proxies: made,
    synced,
    cut: () => server.network.reachability.add((from, to) => isNode(from) !== isNode(to)),
  };
}

const last = (p: Proxies) => NODES.map((name) => p.synced.get(name)?.at(-1) ?? -1);

test("a proxy hears of changes at once while its way is open", () => {
  const p = proxies();
  for (const proxy of p.proxies) proxy.notify();
  p.server.run(1);
  assert.equal(last(p), [10, 10, 10, 10]);
});

test("after a short cut the connection goes on when TCP sends again; what was missed comes as one change", () => {
  const p = proxies();
  const heal = p.cut();
  p.server.run(5);
  for (const proxy of p.proxies) proxy.notify();
  p.server.run(5);
  assert.equal(last(p), [-1, -1, -1, -1]);
  heal();
  p.server.run(20);
  // sent again after 0.2 s, 0.6 s, 1.4 s, 3 s, 6.2 s, 12.6 s
  assert.equal(last(p).map(Math.floor), [22, 22, 22, 22]);
  assert.equal(
    NODES.map((name) => p.synced.get(name)?.length),
    [1, 1, 1, 1],
  );
});

test("after a long cut each comes back with its own back-off, not all at once", () => {
  const p = proxies();
  const heal = p.cut();
  p.server.run(100);
  for (const proxy of p.proxies) proxy.notify();
  p.server.run(100);
  heal();
  const healedSeconds = p.server.engine.now / SECOND;
  p.server.run(5);
  const early = last(p).filter((at) => at >= 0).length;
  p.server.run(100);
  const times = last(p);
  assert.ok(times.every((at) => at >= healedSeconds && at < healedSeconds + 90));
  assert.ok(early < 4, "a dial into nowhere lasts 30 s");
  assert.is(new Set(times).size, 4);
});

test("nobody is there to tell after its node is gone", () => {
  const p = proxies();
  p.proxies[0]!.stop();
  p.proxies[0]!.notify();
  p.server.run(200);
  assert.is(p.synced.get("n-0")?.length, 0);
});

test.run();
