// What each kind of fault does, and how it is taken back.
import type { EtcdMember } from "../etcd/member.ts";
import type { UndoNetworkFault } from "../network/fault-points.ts";
import type { FaultItem, FaultKind } from "./fault-items.ts";
import type { World } from "./world.ts";

type Undo = () => void;
const COLLECTIVE: ReadonlySet<FaultKind> = new Set(["crashMajority", "crashAll", "partition", "delay", "loss", "echo"]);

/** Does it strike many members at once? */
export function isCollective(kind: FaultKind): boolean {
  return COLLECTIVE.has(kind);
}

/** Injects a fault. @returns what takes it back, or null when it finds nothing to do */
export function inject(item: FaultItem, target: EtcdMember, world: World): Undo | null {
  const { faultPoints } = world;
  const { kind, amount, choice } = item;
  const others = () => world.running().filter((member) => member !== target);
  switch (kind) {
    case "crash":
      return stop([target], world, (member) => world.crash(member, amount < 0.5));
    case "crashMajority": {
      const running = world.running();
      const count = Math.floor(running.length / 2) + 1;
      return stop(rotated(running, choice).slice(0, count), world, (member) => world.crash(member, amount < 0.5));
    }
    case "crashAll":
      return stop(world.running(), world, (member) => world.crash(member, amount < 0.5));
    case "terminate":
      return stop([target], world, (member) => world.terminate(member));
    case "pause":
      return world.pause(target);
    case "slowDisk":
      // up to three election timeouts: beyond the point where ticks are lost
      return world.slowDisk(target, Math.round(1_000 + amount * amount * 3 * world.setup.electionMicros));
    case "stalledDisk":
      return world.stallDisk(target);
    case "clock":
      return world.setClock(target, 0.5 + amount * 1.5);
    case "isolate":
      return faultPoints.isolate({ hosts: [target.name] });
    case "cutOutgoing":
      return faultPoints.isolate({ hosts: [target.name] }, "out");
    case "cutIncoming":
      return faultPoints.isolate({ hosts: [target.name] }, "in");
    case "cutPair": {
      const other = others()[choice % Math.max(1, others().length)];
      return other === undefined ? null : faultPoints.cut({ hosts: [target.name] }, { hosts: [other.name] });
    }
    case "partition":
      return partition(item, world);
    case "flap":
      return flap(item, target, world);
    case "delay":
      return worsen(item, world, { delayMicros: { kind: "constant", value: Math.round(amount * amount * 400_000) } });
    case "echo":
      return world.echo.begin(amount);
    case "loss":
      return worsen(item, world, { loss: amount * 0.6 });
  }
}

function stop(members: readonly EtcdMember[], world: World, end: (member: EtcdMember) => void): Undo | null {
  if (members.length === 0) return null;
  for (const member of members) end(member);
  return () => {
    for (const member of members) world.restart(member);
  };
}

/** Two groups, of sizes that the choice gives; both may be without a majority when members are down. */
function partition({ choice }: FaultItem, world: World): Undo | null {
  const all = world.all();
  if (all.length < 2) return null;
  const one = rotated(all, choice).slice(0, 1 + ((choice >> 8) % (all.length - 1)));
  const groups = [one, all.filter((member) => !one.includes(member))];
  return world.faultPoints.partition(groups.map((group) => ({ hosts: group.map((member) => member.name) })));
}

/** Cut off and back again, several times. */
function flap({ amount, forMicros }: FaultItem, target: EtcdMember, world: World): Undo {
  const { faultPoints } = world;
  const period = Math.max(20_000, Math.round((forMicros * (0.05 + amount)) / 4));
  let undo: UndoNetworkFault | null = null;
  let isOver = false;
  const turn = () => {
    if (isOver) return;
    if (undo === null) undo = faultPoints.isolate({ hosts: [target.name] });
    else {
      undo();
      undo = null;
    }
    world.after(period, turn);
  };
  turn();
  return () => {
    isOver = true;
    undo?.();
  };
}

function worsen(
  { position }: FaultItem,
  world: World,
  effect: Parameters<World["faultPoints"]["worsen"]>[2],
): UndoNetworkFault {
  const hosts = { hosts: world.all().map((member) => member.name) };
  return world.faultPoints.worsen(hosts, hosts, effect, `check-${position}`);
}

function rotated<T>(list: readonly T[], by: number): readonly T[] {
  const at = list.length === 0 ? 0 : by % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
}
