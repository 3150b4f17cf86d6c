// Faults that stack, streams of random numbers that nobody shifts, client connections, datagrams.
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { HostSelector } from "../../sim/network/fault-points.ts";
import type { Connection } from "../../sim/network/network.ts";
import { fixed, type Observed, SECOND, World } from "./world.ts";

const UNIFORM = { latencyMicros: { kind: "uniform", min: 100, max: 900 } } as const;
const only = (...hosts: string[]): HostSelector => ({ hosts });

function reaches(world: World, from: number, to: number): boolean {
  return !world.network.path(from, to).isBlocked;
}

test("cuts by host, machine, zone and group; each is undone by itself, twice is once", () => {
  const world = new World();
  const { network, faults } = world;
  const a = network.addHost("a", "z1");
  const b = network.addHost("b", "z2");
  const c = network.addHost("c", "z2", "machine");
  const d = network.addHost("d", "z2", "machine");
  const zone = faults.cut({ zones: ["z1"] }, { zones: ["z2"] });
  const oneWay = faults.block(only("a"), only("b"));
  assert.is(reaches(world, a, b), false);
  zone();
  zone();
  assert.is(reaches(world, a, b), false);
  assert.is(reaches(world, b, a), true);
  assert.is(reaches(world, a, c), true);
  oneWay();
  assert.is(reaches(world, a, b), true);
  const isolated = faults.isolate(only("c"));
  assert.is(reaches(world, c, d), true, "loopback");
  assert.is(reaches(world, c, a), false);
  isolated();
  const split = faults.partition([only("a"), only("b")]);
  assert.is(reaches(world, a, b), false);
  assert.is(reaches(world, a, c), true, "in no group");
  const late = network.addHost("late", "z1");
  const machine = faults.isolate(only("machine"), "in");
  assert.is(reaches(world, late, d), false);
  assert.is(reaches(world, d, late), true);
  const later = network.addHost("later", "z1");
  assert.is(reaches(world, later, d), false, "hosts that join later are hit as well");
  machine();
  split();
  for (const from of network.hosts) for (const to of network.hosts) assert.ok(reaches(world, from.id, to.id));
});

test("added delay, loss and narrow bandwidth stack and are taken back in any order", () => {
  const world = new World({ sameZone: fixed(100) });
  const [a, b] = world.hosts("a", "b") as [number, number];
  const path = world.network.path(a, b);
  const slow = world.faults.worsen(only("a"), only("b"), { delayMicros: { kind: "constant", value: 50 }, loss: 0.5 });
  const slower = world.faults.worsen(only("a"), only("b"), {
    delayMicros: { kind: "constant", value: 30 },
    loss: 0.5,
    bandwidthBytesPerSecond: 1e6,
  });
  assert.equal([path.constantMicros, path.loss, path.bytesPerMicro], [180, 0.75, 1]);
  slow();
  assert.equal([path.constantMicros, path.loss, path.bytesPerMicro], [130, 0.5, 1]);
  slower();
  slower();
  assert.equal([path.constantMicros, path.loss, path.bytesPerMicro], [100, 0, 0]);
  assert.is(world.network.path(b, a).constantMicros, 100);
  assert.throws(() => world.faults.worsen(only("a"), only("b"), { loss: 1.5 }), /not a ratio/);
});

function arrivalsOf(change: (world: World, a: number, b: number, seen: Observed) => void): [number, unknown][] {
  const world = new World({ sameZone: UNIFORM }, 5);
  const [a, b] = world.hosts("a", "b") as [number, number];
  const seen = world.stream(a, b);
  change(world, a, b, seen);
  world.sendEvery(seen.stream, 10_000, SECOND, 2 * SECOND);
  world.run(5 * SECOND);
  return seen.arrivals;
}

test("more hosts, other streams, faults elsewhere and heartbeats never move a stream's draws", () => {
  const plain = arrivalsOf(() => undefined);
  const crowded = arrivalsOf((world, a, b) => {
    const c = world.network.addHost("c", "a");
    world.sendEvery(world.stream(c, a, { name: "other" }).stream, 700, SECOND, 2 * SECOND);
    world.sendEvery(world.stream(a, b, { name: "append" }).stream, 900, SECOND, 2 * SECOND);
    world.at(SECOND, () => world.faults.worsen(only("a"), only("c"), { loss: 0.3 }));
  });
  assert.equal(crowded, plain);
  const beating = arrivalsOf((world, _a, _b, { stream }) => {
    for (let at = SECOND + 3000; at < 2 * SECOND; at += 10_000) world.at(at, () => void stream.send("beat", 10, true));
  });
  assert.equal(
    beating.filter(([, what]) => what !== "beat"),
    plain,
  );
});

test("property: over TCP everything that a living sender sent while open arrives once, in order, whatever is cut and healed", () => {
  const cut = fc.record({
    at: fc.integer({ min: 1, max: 20_000 }),
    lasts: fc.integer({ min: 1, max: 9000 }),
    kind: fc.constantFrom("in", "out", "both", "loss", "pause"),
  });
  fc.assert(
    fc.property(fc.array(cut, { maxLength: 6 }), fc.integer({ min: 1, max: 1000 }), (cuts, seed) => {
      const run = (): [number, unknown][] => {
        const world = new World({ sameZone: UNIFORM }, seed);
        const [a, b] = world.hosts("a", "b") as [number, number];
        const { stream, arrivals, events } = world.stream(a, b);
        world.run(SECOND);
        let sent = 0;
        for (let i = 0; i < 400; i++) {
          world.at((1000 + ((i * i * 37) % 20_000)) * 1000, () => {
            if (stream.send(sent, 100)) sent++;
            else assert.unreachable("dropped although open");
          });
        }
        for (const { at, lasts, kind } of cuts) {
          world.at(SECOND + at * 1000, () => {
            if (kind === "pause") {
              world.network.pause(b);
              world.at(world.engine.now + lasts * 1000, () => world.network.resume(b));
              return;
            }
            const undo =
              kind === "loss"
                ? world.faults.worsen(only("a"), only("b"), { loss: 0.3 })
                : world.faults.isolate(only("a"), kind);
            world.at(world.engine.now + lasts * 1000, undo);
          });
        }
        world.run(200 * SECOND);
        assert.equal(
          arrivals.map(([, what]) => what),
          [...Array(sent).keys()],
        );
        assert.is(sent, 400);
        assert.is(events.length, 2);
        return arrivals;
      };
      assert.equal(run(), run());
    }),
    { seed: 20, numRuns: 60 },
  );
});

test("datagrams are lost, doubled and overtaken, each by itself", () => {
  const world = new World({ sameZone: { ...UNIFORM, loss: 0.1, duplicate: 0.1 }, transport: "datagram" }, 4);
  const [a, b] = world.hosts("a", "b") as [number, number];
  const { stream, arrivals, events } = world.stream(a, b);
  world.sendEvery(stream, 100, SECOND, SECOND + 100 * 2000);
  world.run(3 * SECOND);
  assert.equal(events, [
    [0, "opened"],
    [0, "readerOpened"],
  ]);
  const what = arrivals.map(([, payload]) => payload as number);
  const distinct = new Set(what).size;
  assert.ok(distinct > 1750 && distinct < 1870, `${distinct} of 2000 arrived`);
  assert.ok(what.length - distinct > 100 && what.length - distinct < 250, `${what.length - distinct} twice`);
  assert.ok(
    what.some((payload, i) => i > 0 && payload < what[i - 1]!),
    "some are overtaken",
  );
  world.network.setProcess(b, false);
  world.run(4 * SECOND);
  assert.is(stream.isOpen, false);
  world.network.setProcess(b, true);
  world.run(5 * SECOND);
  assert.equal(
    events.slice(2).map(([, event]) => event),
    ["closed", "opened", "readerOpened"],
  );
});

function connect(
  world: World,
  from: number,
  to: number,
  more: { dialTimeoutMicros?: number; userTimeoutMicros?: number } = {},
) {
  const log: [number, string][] = [];
  const note = (what: string) => {
    log.push([world.engine.now, what]);
  };
  const connection: Connection = world.network.connect({
    name: "client",
    from,
    to,
    opened: () => note("opened"),
    failed: (reason) => note(reason),
    deliverToServer: (payload) => note(`server ${payload}`),
    deliverToClient: (payload) => note(`client ${payload}`),
    serverClosed: () => note("server closed"),
    ...more,
  });
  return { connection, log };
}

test("a connection carries both directions; either end learns of the other's death", () => {
  const world = new World();
  const [c, s] = world.hosts("c", "s") as [number, number];
  const { connection, log } = connect(world, c, s);
  world.at(1000, () => connection.sendToServer("ask", 10));
  world.at(2000, () => connection.sendToClient("answer", 10));
  world.at(3000, () => world.network.setProcess(s, false));
  world.run(SECOND);
  assert.equal(log, [
    [300, "opened"],
    [1100, "server ask"],
    [2100, "client answer"],
    [3100, "reset"],
  ]);
  const refused = connect(world, c, s);
  world.run(2 * SECOND);
  assert.equal(refused.log, [[SECOND + 200, "refused"]]);
  world.network.setProcess(s, true);
  const again = connect(world, c, s);
  world.at(3 * SECOND, () => again.connection.close());
  world.run(4 * SECOND);
  assert.equal(again.log.slice(1), [[3 * SECOND + 100, "server closed"]]);
});

test("a dial into silence times out; data without acknowledgement ends at the user timeout; a paused server accepts late", () => {
  const world = new World();
  const [c, s, p] = world.hosts("c", "s", "p") as [number, number, number];
  world.network.setMachine(s, false);
  const silent = connect(world, c, s, { dialTimeoutMicros: 20 * SECOND });
  world.network.pause(p);
  const late = connect(world, c, p, { userTimeoutMicros: 10 * SECOND });
  world.run(5 * SECOND);
  assert.equal(late.log, []);
  world.network.resume(p);
  world.run(6 * SECOND);
  assert.equal(late.log, [[5 * SECOND, "opened"]]);
  world.faults.isolate(only("p"));
  late.connection.sendToServer("lost", 10);
  world.run(30 * SECOND);
  assert.equal(silent.log, [[20 * SECOND, "timeout"]]);
  assert.is(late.log[1]![1], "reset");
  assert.ok(late.log[1]![0] >= 16 * SECOND && late.log[1]![0] < 16.3 * SECOND, `${late.log[1]![0]}`);
});

test("misuse is refused", () => {
  const world = new World();
  const [a] = world.hosts("a") as [number];
  assert.throws(() => world.network.addHost("a", "z"), /twice/);
  assert.throws(() => world.network.setProcess(7, true), /no host 7/);
  assert.throws(() => new World({ sameZone: fixed(100, { loss: -1 }) }), /not a ratio/);
  world.network.setMachine(a, false);
  assert.throws(() => world.network.setProcess(a, true), /machine that is down/);
});

test.run();
