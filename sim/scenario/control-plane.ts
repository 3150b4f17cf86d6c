// From what a scenario says about etcd and the network to the plan, defaults filled in.
// Constants of etcd are those of its own defaults; links are ours, orders of magnitude of what clouds and vendors publish.
import type { Distribution } from "../engine/distributions.ts";
import { MILLISECOND, SECOND } from "../engine/tick.ts";
import { DISK_PROFILES, type DiskProfile } from "../model/disk-profile.ts";
import type { Node } from "../model/objects.ts";
import type { Problem } from "../model/problem.ts";
import { value as bytesOf } from "../model/quantity.ts";
import type { EtcdSpec, LinkSpec, NetworkSpec } from "./control-plane-schema.ts";
import { shareOf } from "./control-plane-schema.ts";
import { distributionOf, durationMicros } from "./duration-schema.ts";
import type { EtcdPlan, LateNodes, LinkPlan, NetworkPlan } from "./plan.ts";

const MEBIBYTE = 1024 * 1024;
const ZONE_LABEL = "topology.kubernetes.io/zone";

const uniform = (min: number, max: number): Distribution => ({ kind: "uniform", min, max });
const TEN_GIGABIT = 1_250_000_000;

const LINKS: NetworkPlan = {
  sameHost: { latencyMicros: { kind: "constant", value: 20 } },
  sameZone: { latencyMicros: uniform(80, 160), bandwidthBytesPerSecond: TEN_GIGABIT },
  crossZone: { latencyMicros: uniform(400, 700), bandwidthBytesPerSecond: TEN_GIGABIT },
};

const DEFAULT_MEMBERS = 3;
const HEARTBEAT_MICROS = 100 * MILLISECOND;
const ELECTION_MICROS = SECOND;
const MIN_HEARTBEATS = 5;

/** The zones of a cluster's nodes, in the order in which nodes join. */
export function zonesOf(nodes: readonly Node[], late: readonly LateNodes[]): readonly string[] {
  const zones = new Set<string>();
  for (const { metadata } of [...nodes, ...late.flatMap((group) => group.nodes)]) {
    const zone = metadata.labels?.[ZONE_LABEL];
    if (zone !== undefined && zone !== "") zones.add(zone);
  }
  return [...zones];
}

/** What is wrong between fields that are right each on its own. Source: etcd's own checks of its flags. */
export function etcdProblem(spec: EtcdSpec | undefined): Problem | null {
  const heartbeat = spec?.heartbeatInterval;
  const election = spec?.electionTimeout;
  const heartbeatMicros = heartbeat === undefined ? HEARTBEAT_MICROS : durationMicros(heartbeat);
  const electionMicros = election === undefined ? ELECTION_MICROS : durationMicros(election);
  if (electionMicros < MIN_HEARTBEATS * heartbeatMicros) {
    const path = election === undefined ? "heartbeatInterval" : "electionTimeout";
    const expected = "an election timeout of at least five heartbeat intervals";
    return {
      path: [path],
      expected,
      received: `${electionMicros / MILLISECOND}ms for ${heartbeatMicros / MILLISECOND}ms`,
    };
  }
  const members = spec?.members ?? DEFAULT_MEMBERS;
  if ((spec?.clockRates?.length ?? 0) > members) {
    return {
      path: ["clockRates"],
      expected: `at most ${members}, one for each member`,
      received: `${spec?.clockRates?.length}`,
    };
  }
  return null;
}

/** @param nodeZones where members are when the scenario does not say; may be empty */
export function etcdPlan(spec: EtcdSpec = {}, nodeZones: readonly string[] = []): EtcdPlan {
  const zones = spec.zones ?? nodeZones;
  const version = spec.version ?? "3.6";
  return {
    members: Array.from({ length: spec.members ?? DEFAULT_MEMBERS }, (_, i) => ({
      name: `etcd-${i}`,
      zone: zones[i % Math.max(zones.length, 1)] ?? "",
      clockRate: spec.clockRates?.[i] ?? 1,
    })),
    disk: diskPlan(spec.disk),
    heartbeatMicros: spec.heartbeatInterval === undefined ? HEARTBEAT_MICROS : durationMicros(spec.heartbeatInterval),
    electionMicros: spec.electionTimeout === undefined ? ELECTION_MICROS : durationMicros(spec.electionTimeout),
    preVote: spec.preVote ?? true,
    quotaBytes: spec.quotaBytes === undefined ? 2048 * MEBIBYTE : bytesOf(spec.quotaBytes),
    snapshotCount: spec.snapshotCount ?? (version === "3.6" ? 10_000 : 100_000),
    catchUpEntries: spec.catchUpEntries ?? 5000,
    version,
  };
}

function diskPlan(spec: EtcdSpec["disk"]): DiskProfile {
  if (spec === undefined) return DISK_PROFILES.nvme;
  if (typeof spec === "string") return DISK_PROFILES[spec];
  const base = DISK_PROFILES[spec.profile ?? "nvme"];
  return {
    fsyncMicros: spec.fsync === undefined ? base.fsyncMicros : distributionOf(spec.fsync),
    writeBytesPerSecond: spec.writeRate === undefined ? base.writeBytesPerSecond : bytesOf(spec.writeRate),
    readBytesPerSecond: base.readBytesPerSecond,
  };
}

export function networkPlan(spec: NetworkSpec = {}): NetworkPlan {
  return {
    sameHost: LINKS.sameHost,
    sameZone: link(spec.sameZone, LINKS.sameZone),
    crossZone: link(spec.crossZone, LINKS.crossZone),
  };
}

function link(spec: LinkSpec | undefined, base: LinkPlan): LinkPlan {
  if (spec === undefined) return base;
  const { latency, jitter, loss, bandwidth } = spec;
  return {
    ...base,
    ...(latency === undefined ? {} : { latencyMicros: distributionOf(latency) }),
    ...(jitter === undefined ? {} : { jitterMicros: distributionOf(jitter) }),
    ...(loss === undefined ? {} : { loss: shareOf(loss) }),
    ...(bandwidth === undefined ? {} : { bandwidthBytesPerSecond: bytesOf(bandwidth) }),
  };
}
