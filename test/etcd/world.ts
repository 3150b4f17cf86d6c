// A cluster on a network with an engine of its own, and ways to wait for things: what tests of members share.
import { Engine } from "../../sim/engine/engine.ts";
import type { Tick } from "../../sim/engine/tick.ts";
import type { EtcdAnswer } from "../../sim/etcd/answer.ts";
import { EtcdCluster } from "../../sim/etcd/cluster.ts";
import { EtcdError } from "../../sim/etcd/error.ts";
import type { EtcdObserver } from "../../sim/etcd/observer.ts";
import type { EtcdOptions } from "../../sim/etcd/options.ts";
import type { EtcdRequest, PutRequest } from "../../sim/etcd/request.ts";
import type { CallOptions } from "../../sim/etcd/requests.ts";
import type { ServiceFactory } from "../../sim/etcd/service-host.ts";
import { Network, type NetworkOptions } from "../../sim/network/network.ts";

export interface World {
  readonly engine: Engine;
  readonly network: Network;
  readonly cluster: EtcdCluster;
}

export interface WorldOptions {
  readonly members?: number;
  readonly seed?: string | number;
  readonly etcd?: Partial<EtcdOptions>;
  readonly network?: NetworkOptions;
  readonly observer?: EtcdObserver;
  readonly services?: ServiceFactory;
}

/** Members etcd-0, etcd-1 … in zones a, b, c …, not started. */
export function createWorld(options: WorldOptions = {}): World {
  const engine = new Engine({ seed: options.seed ?? 1 });
  const network = new Network(engine, options.network);
  const members = Array.from({ length: options.members ?? 3 }, (_, i) => {
    const zone = "abcdefg"[i]!;
    return { name: `etcd-${i}`, zone, host: network.addHost(`etcd-${i}`, zone), disk: "nvme" as const };
  });
  return {
    engine,
    network,
    cluster: new EtcdCluster(engine, network, { members, ...options.etcd }, options.observer, options.services),
  };
}

/** A started cluster that has a leader and answers clients. */
export function runningWorld(options: WorldOptions = {}): World {
  const world = createWorld(options);
  world.cluster.start();
  runFor(world, 5_000_000);
  return world;
}

export function runFor({ engine }: World, micros: number): void {
  engine.run((engine.now + micros) as Tick);
}

/** Where an answer is put. */
export interface Reply {
  value: EtcdAnswer | EtcdError | null;
  at: number;
}

export function call(world: World, name: string, request: EtcdRequest, options: CallOptions = {}): Reply {
  const reply: Reply = { value: null, at: -1 };
  world.cluster.member(name).call(request, options, (answer) => {
    reply.value = answer;
    reply.at = world.engine.now;
  });
  return reply;
}

export function put(key: string, value: unknown = key): PutRequest {
  return { kind: "put", key, value, valueBytes: 16, lease: 0 };
}

export function get(key: string, serializable = false): EtcdRequest {
  return { kind: "range", key, rangeEnd: "", revision: 0, limit: 0, serializable };
}

/** The text of an error, or "" for a success, or null while there is no answer. */
export function errorOf({ value }: Reply): string | null {
  if (value === null) return null;
  return value instanceof EtcdError ? value.message : "";
}

/** Puts `count` keys through a member, and waits for all. @returns how many succeeded */
export function putMany(world: World, name: string, count: number, prefix = "key"): number {
  let succeeded = 0;
  let answered = 0;
  for (let i = 0; i < count; i++) {
    world.cluster.member(name).call(put(`${prefix}-${i}`), {}, (answer) => {
      answered++;
      if (!(answer instanceof EtcdError)) succeeded++;
    });
  }
  for (let i = 0; i < 100 && answered < count; i++) runFor(world, 100_000);
  return succeeded;
}
