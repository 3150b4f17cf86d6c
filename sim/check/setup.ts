// Everything about one seed that is decided before it runs: cluster, options, workload and faults, drawn from the seed. Plain data,
// so that a fault or an operation can be left out without moving what the others do.
import { createStream, type RandomStream } from "../engine/random.ts";
import { drawFaults, type FaultItem } from "./fault-items.ts";
import { STYLES, type Style } from "./style.ts";

export const OPERATIONS = [
  "put",
  "burst",
  "leasedPut",
  "get",
  "serializableGet",
  "range",
  "delete",
  "deleteRange",
  "createOnly",
  "swap",
  "multiKey",
  "oldRead",
  "compact",
  "grant",
  "keepAlive",
  "revoke",
  "timeToLive",
  "watch",
  "unwatch",
  "moveLeader",
  "addMember",
  "addLearner",
  "promote",
  "removeMember",
  "defragment",
  "disarm",
] as const;
export type OperationKind = (typeof OPERATIONS)[number];

const WEIGHTS: Readonly<Record<OperationKind, number>> = {
  put: 28,
  burst: 2,
  leasedPut: 6,
  get: 24,
  serializableGet: 8,
  range: 6,
  delete: 6,
  deleteRange: 3,
  createOnly: 6,
  swap: 10,
  multiKey: 6,
  oldRead: 4,
  compact: 3,
  grant: 3,
  keepAlive: 8,
  revoke: 1,
  timeToLive: 1,
  watch: 3,
  unwatch: 1,
  moveLeader: 1,
  addMember: 0.7,
  addLearner: 1.4,
  promote: 0.4,
  removeMember: 0.6,
  defragment: 0.3,
  disarm: 0.5,
};

export const DISKS = ["fast", "slow", "erratic"] as const;
export type DiskProfile = (typeof DISKS)[number];

export interface Setup {
  readonly seed: number;
  readonly style: Style;
  /** Voters at the start. */
  readonly members: number;
  readonly version: "3.5" | "3.6";
  readonly preVote: boolean;
  readonly heartbeatMicros: number;
  readonly electionMicros: number;
  /** Small, so that snapshots happen. */
  readonly snapshotCount: number;
  readonly catchUpEntries: number;
  readonly quotaBytes: number;
  /** Largest value. Large ones split what goes to a follower into many messages (1 MiB). */
  readonly valueBytes: number;
  readonly transport: "tcp" | "datagram";
  readonly disk: DiskProfile;
  /** Speed of each member's clock, 1 is right. */
  readonly clockRates: readonly number[];
  /** Faults and workload go on for this long; then everything heals. */
  readonly faultMicros: number;
  readonly clients: number;
  /** Mean time between an answer and the client's next operation. */
  readonly thinkMicros: number;
  readonly keys: number;
  readonly operations: number;
  readonly weights: Readonly<Record<OperationKind, number>>;
  readonly faults: readonly FaultItem[];
}

const SECOND = 1_000_000;
const DEFAULT_QUOTA_BYTES = 2_147_483_648;

/** Draws a seed's set-up. */
export function drawSetup(seed: number, wanted?: Style): Setup {
  const random = createStream(seed, "check/setup");
  const drawn = STYLES[random.int(STYLES.length)]!;
  const style = wanted ?? drawn;
  const members = pick(random, [1, 3, 3, 3, 3, 3, 5, 5, 5, 2, 4, 7]);
  const heartbeatMicros = pick(random, [100_000, 100_000, 100_000, 50_000]);
  const drifts = random.int(4) === 0;
  const faultMicros = (14 + random.int(28)) * SECOND;
  const clients = 2 + random.int(6);
  const operations = 60 + random.int(340);
  // most workloads last as long as the faults, some are over sooner
  const hurry = pick(random, [0.4, 0.8, 1, 1]);
  const setup = {
    seed,
    style,
    members,
    version: pick(random, ["3.5", "3.6"] as const),
    preVote: random.int(4) > 0,
    heartbeatMicros,
    electionMicros: heartbeatMicros * 10,
    snapshotCount: pick(random, [10, 30, 60, 150]),
    catchUpEntries: pick(random, [2, 5, 15, 40]),
    quotaBytes: random.int(6) > 0 ? DEFAULT_QUOTA_BYTES : 60_000,
    valueBytes: random.int(5) > 0 ? 200 : 500_000,
    transport: pick(random, ["tcp", "tcp", "datagram"] as const),
    disk: pick(random, ["fast", "fast", "slow", "erratic"] as const),
    clockRates: Array.from({ length: members }, () => (drifts ? 0.8 + random.int(41) / 100 : 1)),
    faultMicros,
    clients,
    thinkMicros: Math.round((hurry * clients * faultMicros) / operations),
    keys: pick(random, [1, 3, 6, 12]),
    operations,
    weights: drawWeights(random, style),
  };
  return { ...setup, faults: drawFaults(createStream(seed, "check/faults"), setup) };
}

function drawWeights(random: RandomStream, style: Style): Setup["weights"] {
  const weights: Record<OperationKind, number> = { ...WEIGHTS };
  if (style !== "swarm") return weights;
  // puts stay: without any nothing is checked
  for (const kind of OPERATIONS) {
    const luck = random.int(3);
    if (kind !== "put" && luck === 0) weights[kind] = 0;
    else if (luck === 1) weights[kind] *= 3;
  }
  return weights;
}

/** One of a list, each as often as it stands there. */
export function pick<T>(random: Pick<RandomStream, "int">, list: readonly T[]): T {
  return list[random.int(list.length)]!;
}
