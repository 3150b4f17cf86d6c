// The load of the recordings of outages: requests that start at fixed intervals, whatever the answers. Health checks are asked of the
// servers themselves.
import { ApiError, type ApiObject, type Client } from "../../../sim/apiserver/client.ts";
import type { Engine } from "../../../sim/engine/engine.ts";
import { SECOND, type Tick } from "../../../sim/engine/tick.ts";
import type { Recording } from "./recordings.ts";
import type { RequestRow } from "./rows.ts";
import { flagsOf } from "./setting.ts";
import { seconds } from "./statistics.ts";

const DEFAULT_RATE = 2;

export interface LoadOptions {
  readonly engine: Engine;
  readonly client: Client;
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
    const first = timeline.requests.reduce((min, { t }) => Math.min(min, t), Number.POSITIVE_INFINITY);
    const last = timeline.requests.reduce((max, { t }) => Math.max(max, t), 0);
    if (!Number.isFinite(first)) return;
    const flags = flagsOf(pairs(meta.flags.load ?? []));
    const creates = Number(flags.get("qps") ?? DEFAULT_RATE);
    const reads = Number(flags.get("rqps") ?? DEFAULT_RATE);
    this.every(first, last, 1 / creates, (client, done) => client.create("configMaps", this.configMap(), done));
    this.every(first, last, 1 / reads, (client, done) => client.get("namespaces", "default", done), "get");
    this.every(
      first,
      last,
      1 / reads,
      (client, done) => client.list("configMaps", { namespace: "kube-public" }, done),
      "list",
    );
  }

  private every(
    first: number,
    last: number,
    gap: number,
    ask: (client: Client, done: (answer: unknown) => void) => void,
    verb = "create",
  ): void {
    const { engine, zeroMicros } = this.options;
    const count = Math.floor((last - first) / gap + 1e-9) + 1;
    for (let i = 0; i < count; i++) {
      engine.at(Math.round(zeroMicros + (first + i * gap) * SECOND) as Tick, () => this.request(verb, ask));
    }
  }

  private request(v: string, ask: (client: Client, done: (answer: unknown) => void) => void): void {
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
