// The load of the recordings of outages: requests that start at fixed intervals, whatever the answers. The simulated servers have no health
// endpoints: /readyz is what a server is, /livez also whether etcd answers a read within two seconds, as the real one asks it.
// Lists from the cache are left out: simulated clients have them as the beginning of a watch only.
import { ApiError, type ApiObject, type Client } from "../../../sim/apiserver/client.ts";
import type { Engine } from "../../../sim/engine/engine.ts";
import { SECOND, type Tick } from "../../../sim/engine/tick.ts";
import type { Recording } from "./recordings.ts";
import type { RequestRow } from "./rows.ts";
import { flagsOf } from "./setting.ts";
import { seconds } from "./statistics.ts";

const DEFAULT_RATE = 2;
const LIVEZ_TIMEOUT_MICROS = 2 * SECOND;

type Ask = (client: Client, done: (answer: unknown) => void) => void;

export interface LoadOptions {
  readonly engine: Engine;
  readonly client: Client;
  /** Of the exempt class, as health checks are. */
  readonly healthClient: Client;
  /** What the server is. */
  readonly server: () => "down" | "starting" | "ready";
  readonly zeroMicros: number;
  /** Requests of people's tools are given up after so long. */
  readonly timeoutMicros: number;
}

export class LoadGenerator {
  readonly rows: RequestRow[] = [];
  private readonly options: LoadOptions;
  private number = 0;

  constructor(options: LoadOptions) {
    this.options = options;
  }

  /** Arranges the load of a recording, from its first request to its last one; none where it had none. */
  arm({ meta, timeline }: Recording): void {
    if (timeline.requests.length === 0) return;
    const flags = flagsOf(pairs(meta.flags.load ?? []));
    const creates = Number(flags.get("qps") ?? DEFAULT_RATE);
    const reads = Number(flags.get("rqps") ?? DEFAULT_RATE);
    const every = (verb: string, rate: number, ask: Ask) => this.every(timeline.requests, 1 / rate, ask, verb);
    every("create", creates, (client, done) => client.create("configMaps", this.configMap(), done));
    every("get", reads, (client, done) => client.get("namespaces", "default", done));
    every("list", reads, (client, done) => client.list("configMaps", { namespace: "kube-public" }, done));
    every("readyz", 1, (client, done) => this.health(client, done));
    every("livez", 1, (client, done) => this.livez(client, done));
  }

  private health(client: Client, done: (answer: unknown) => void): void {
    const { server } = this.options;
    if (server() === "down") done(new ApiError("NoAnswer", "connection refused"));
    else if (server() === "ready") done(null);
    // who may read /healthz, a server that starts knows as little as who may read anything else
    else client.get("namespaces", "default", done);
  }

  private livez(client: Client, done: (answer: unknown) => void): void {
    const { engine, healthClient, server } = this.options;
    if (server() !== "ready") return this.health(client, done);
    let isDone = false;
    const end = (answer: unknown) => {
      if (!isDone) done(answer);
      isDone = true;
    };
    healthClient.get("namespaces", "default", end);
    engine.at((engine.now + LIVEZ_TIMEOUT_MICROS) as Tick, () => end(new ApiError("InternalError", "etcd failed")));
  }

  /** Each kind of request has a clock of its own. */
  private every(rows: readonly RequestRow[], gap: number, ask: Ask, verb: string): void {
    const { engine, zeroMicros } = this.options;
    const times = rows.filter(({ v }) => v === verb).map(({ t }) => t);
    if (times.length === 0) return;
    const first = times.reduce((min, t) => Math.min(min, t));
    const last = times.reduce((max, t) => Math.max(max, t));
    const count = Math.round((last - first) / gap) + 1;
    for (let i = 0; i < count; i++) {
      engine.at(Math.round(zeroMicros + (first + i * gap) * SECOND) as Tick, () => this.request(verb, ask));
    }
  }

  private request(v: string, ask: Ask): void {
    const { client, engine, timeoutMicros, zeroMicros } = this.options;
    const from = engine.now;
    let isAnswered = false;
    const note = (code: number, err?: string) => {
      if (isAnswered) return;
      isAnswered = true;
      this.rows.push({
        t: seconds((from - zeroMicros) / SECOND),
        v,
        code,
        lat: seconds((engine.now - from) / SECOND),
        ...(err === undefined ? {} : { err }),
      });
    };
    ask(client, (answer) => {
      if (answer instanceof ApiError) note(answer.code, answer.message);
      else note(v === "create" ? 201 : 200);
    });
    if (!isAnswered) engine.at((from + timeoutMicros) as Tick, () => note(0, "timeout"));
  }

  private configMap(): ApiObject<"configMaps"> {
    return { metadata: { name: `load-${this.number++}`, namespace: "default" }, data: { value: "x".repeat(100) } };
  }
}

/** `--qps 10` as `--qps=10`. */
function pairs(commandLine: readonly string[]): string[] {
  return commandLine.map((part, i) => {
    const next = commandLine[i + 1];
    return part.startsWith("--") && !part.includes("=") && next !== undefined ? `${part}=${next}` : part;
  });
}
