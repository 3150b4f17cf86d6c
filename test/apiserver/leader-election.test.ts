import { test } from "uvu";
import * as assert from "uvu/assert";
import { ApiError, type Client } from "../../sim/apiserver/client.ts";
import { Component, type ComponentOptions } from "../../sim/apiserver/component.ts";
import { Engine } from "../../sim/engine/engine.ts";
import { SECOND, type Tick } from "../../sim/engine/tick.ts";
import type { Lease } from "../../sim/model/objects.ts";
import { World } from "../controllers/world.ts";

const ELECTION = { leaseDurationMicros: 15 * SECOND, renewDeadlineMicros: 10 * SECOND, retryPeriodMicros: 2 * SECOND };

/** Components on an API server that can be cut off. */
class Bed {
  readonly world = new World({ controllers: [], nodes: 0, hasKubelets: false });
  readonly log: string[] = [];
  readonly components: Component[] = [];
  mode: "up" | "refused" | "hangs" = "up";

  add(name: string, parts: Partial<ComponentOptions> = {}): Component {
    const { engine } = this.world;
    const component = new Component({
      engine,
      name,
      zone: "",
      lockName: "lock",
      client: (client) => this.gate(this.world.server.client(client)),
      election: ELECTION,
      releases: false,
      needsApi: false,
      warmUpMicros: 0,
      work: () => this.log.push(`${this.at()} ${name} works`),
      changed: (what, reason) => what !== "leads" && this.log.push(`${this.at()} ${name} ${what} ${reason}`.trim()),
      ...parts,
    });
    this.components.push(component);
    component.start();
    return component;
  }

  at(): number {
    return Math.round(this.world.engine.now / 1e5) / 10;
  }

  get lease(): Lease | undefined {
    return this.world.server.get("leases", "kube-system/lock");
  }

  /** The client, with this bed's way of not answering. */
  private gate(client: Client): Client {
    return new Proxy(client, {
      get: (target, verb: keyof Client) => {
        const method = target[verb] as (...parameters: unknown[]) => unknown;
        return (...parameters: unknown[]) => {
          if (this.mode === "hangs") return undefined;
          if (this.mode === "up") return method.apply(target, parameters);
          if (verb === "close") return undefined;
          const done = parameters.at(-1) as (answer: unknown) => void;
          const { engine } = this.world;
          engine.at((engine.now + 100) as Tick, () => done(new ApiError("NoAnswer", "connection refused")));
          return undefined;
        };
      },
    });
  }
}

const times = (log: readonly string[], what: string) =>
  log.filter((line) => line.includes(what)).map((line) => Number(line.split(" ")[0]));

test("one leads and renews every two seconds, the other waits", () => {
  const bed = new Bed();
  bed.add("a");
  bed.add("b");
  bed.world.run(60);
  assert.equal(
    bed.components.map(({ role }) => role),
    ["leader", "follower"],
  );
  const renewals = bed.world.courseOf("leases", "kube-system/lock", ({ spec }) => spec?.renewTime);
  // taken, renewed at once, and then every two seconds and what a request takes
  assert.ok(Math.abs(renewals.length - 31) <= 1, `${renewals.length}`);
  assert.is(bed.lease?.spec?.leaseTransitions, 0);
  const [event] = bed.world.messages("Lease", "LeaderElection");
  assert.match(event!, /^a_[0-9a-f-]{36} became leader$/);
});

test("a killed leader's lease runs out: another takes over 15 s and up to 4.4 s after it saw the last renewal", () => {
  for (let seed = 0; seed < 5; seed++) {
    const bed = new Bed();
    const a = bed.add("a");
    bed.add("b");
    bed.world.run(20 + seed / 3);
    a.holdDown();
    const killed = bed.world.engine.now / 1e6;
    bed.world.run(30);
    const took = times(bed.log, "b works")[0]! - killed;
    assert.ok(took > 12.5 && took < 21.6, `${took}`);
    assert.is(bed.lease?.spec?.leaseTransitions, 1);
  }
});

test("a terminated leader gives its lease back only where it does so", () => {
  for (const releases of [true, false]) {
    const bed = new Bed();
    const a = bed.add("a", { releases });
    bed.add("b", { releases });
    bed.world.run(20);
    const ended = bed.world.engine.now / 1e6;
    a.terminate();
    bed.world.run(40);
    const took = times(bed.log, "b works")[0]! - ended;
    assert.ok(releases ? took < 4.5 : took > 12, `${releases} ${took}`);
  }
});

test("without an answer for the renew deadline the leader exits, and comes back as a follower of its former self", () => {
  const bed = new Bed();
  bed.add("a");
  bed.world.run(21);
  const cut = bed.world.engine.now / 1e6;
  bed.mode = "refused";
  bed.world.run(30);
  const exited = times(bed.log, "a exited leaderelection lost")[0]! - cut;
  assert.ok(exited >= 10 && exited <= 12.1, `${exited}`);
  bed.mode = "up";
  bed.world.run(30);
  // its former lease was renewed long ago, but it has seen it only now: it waits for as long as it is valid
  assert.is(bed.components[0]!.role, "leader");
  assert.is(times(bed.log, "a works").length, 2);
});

test("where requests hang, one that releases its lease exits when that has timed out too", () => {
  for (const releases of [false, true]) {
    const bed = new Bed();
    bed.add("a", { releases });
    bed.world.run(21);
    const cut = bed.world.engine.now / 1e6;
    bed.mode = "hangs";
    bed.world.run(30);
    const exited = times(bed.log, "a exited leaderelection lost")[0]! - cut;
    assert.ok(releases ? exited > 15 && exited <= 17.1 : exited >= 10 && exited <= 12.1, `${releases} ${exited}`);
  }
});

test("a kubelet restarts after 1, 10, 20, 40 … 300 s, and one that needs the API server does not outlive its absence", () => {
  const bed = new Bed();
  bed.mode = "refused";
  bed.add("a", { needsApi: true });
  bed.world.run(1200);
  const starts = times(bed.log, "a started");
  const pauses = starts.slice(1).map((at, i) => Math.round(at - starts[i]!));
  assert.equal(pauses, [1, 10, 20, 40, 80, 160, 300, 300]);
});

test("a process that stands still loses its lease unknowingly, and exits when it could not renew for the deadline after it goes on", () => {
  const bed = new Bed();
  const a = bed.add("a");
  bed.add("b");
  bed.world.run(20);
  const thaw = a.freeze();
  bed.world.run(40);
  assert.equal(
    bed.components.map(({ role }) => role),
    ["leader", "leader"],
  );
  thaw();
  bed.world.run(9);
  assert.is(bed.components[0]!.role, "leader");
  bed.world.run(4);
  assert.is(bed.components[0]!.role, "follower");
});

test("a faulty renewal ends leadership", () => {
  const bed = new Bed();
  const a = bed.add("a");
  bed.world.run(20);
  a.loseLease();
  bed.world.run(13);
  assert.is(times(bed.log, "a exited leaderelection lost").length, 1);
});

test("without election it works at once; settled, it has been working", () => {
  const bed = new Bed();
  const before = bed.at();
  bed.add("a", { election: null });
  bed.add("b", { firstLife: "working", lockName: "other" });
  assert.equal(times(bed.log, "works"), [before, before]);
});

test("nothing of a former life goes on", () => {
  const engine = new Engine({ seed: "1" });
  const world = new World({ controllers: [], nodes: 0, hasKubelets: false });
  let ticks = 0;
  const component = new Component({
    engine,
    name: "a",
    zone: "",
    lockName: "a",
    client: (name) => world.server.client(name),
    election: null,
    releases: false,
    needsApi: false,
    warmUpMicros: 0,
    work: ({ life }) => {
      const tick = () => {
        ticks++;
        life.after(SECOND, tick);
      };
      tick();
    },
  });
  component.start();
  engine.run((5 * SECOND) as Tick);
  component.crash();
  assert.is(component.role, "down");
  engine.run(5_900_000 as Tick);
  assert.is(ticks, 6);
  engine.run((16 * SECOND) as Tick);
  assert.is(ticks, 17);
});

test.run();
