// API servers on a store in memory, for tests of what stands between clients and the store.
import { ApiError, type ApiKind, type ApiObject, type Client, type Done } from "../../sim/apiserver/client.ts";
import { ApiServer, type ApiServerOptions } from "../../sim/apiserver/server.ts";
import { Engine } from "../../sim/engine/engine.ts";
import { SECOND, type Tick } from "../../sim/engine/tick.ts";
import { noObjects } from "../../sim/model/objects.ts";
import { Network } from "../../sim/network/network.ts";
import { MemoryEtcd } from "./memory-etcd.ts";

export interface SmallServer {
  readonly engine: Engine;
  readonly etcd: MemoryEtcd;
  readonly network: Network;
  readonly api: ApiServer;
  /** An administrator. */
  readonly admin: Client;
  /** Makes a request and lets time pass until it is answered. */
  ask<T>(begin: (done: Done<T>) => void): T | ApiError;
  create<K extends ApiKind>(kind: K, object: unknown): ApiObject<K> | ApiError;
  run(seconds: number): void;
}

/** @param servers how many; in zones a, b, c */
export function smallServer(options: Partial<ApiServerOptions> = {}, servers = 1): SmallServer {
  const engine = new Engine({ seed: 1 });
  const etcd = new MemoryEtcd(engine, 500);
  const network = new Network(engine);
  const api = new ApiServer({
    engine,
    network,
    servers: Array.from({ length: servers }, (_, i) => {
      const name = `apiserver-${i}`;
      return { name, place: { name, machine: name, zone: "abc"[i] ?? "a" }, etcd };
    }),
    kinds: Object.keys(noObjects()) as ApiKind[],
    requestLatencyMicros: { kind: "constant", value: 1000 },
    watchLatencyMicros: { kind: "constant", value: 1000 },
    ...options,
  });
  api.prime([], 1);
  api.start();
  const admin = api.client("admin");
  const run = (seconds: number) => engine.run((engine.now + seconds * SECOND) as Tick);
  const ask = <T>(begin: (done: Done<T>) => void): T | ApiError => {
    const answers: (T | ApiError)[] = [];
    begin((answer) => answers.push(answer));
    for (let i = 0; i < 200 && answers.length === 0; i++) run(1);
    if (answers.length !== 1) throw new Error(`${answers.length} answers`);
    return answers[0] as T | ApiError;
  };
  const create = <K extends ApiKind>(kind: K, object: unknown) =>
    ask<ApiObject<K>>((done) => admin.create(kind, object as ApiObject<K>, done));
  return { engine, etcd, network, api, admin, ask, create, run };
}

export function textOf(answer: unknown): string {
  return answer instanceof ApiError ? `${answer.code} ${answer.message}` : "ok";
}

export const namespace = (name: string, labels = {}) => ({ metadata: { name, labels } });
