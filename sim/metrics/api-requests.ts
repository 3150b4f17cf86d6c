// Requests that API servers answered, by client, verb, kind and status code: counts, latency, seats. Who counts calls `request` once per
// answer; nothing is allocated but for the first of its sort. Clients are told apart by component, not by node.
import { Histogram } from "./histogram.ts";
import { LatencySteps } from "./latency-steps.ts";
import { type Table, TableBuilder } from "./table.ts";

interface Series {
  readonly client: string;
  readonly verb: string;
  readonly kind: string;
  readonly code: number;
  readonly latency: Histogram;
  seats: number;
}

type ByCode = Map<number, Series>;

const NUMBERS = [
  "code",
  "requests",
  "latencyP50Micros",
  "latencyP90Micros",
  "latencyP99Micros",
  "latencyMaxMicros",
  "seats",
] as const;

const READ_ONLY: ReadonlySet<string> = new Set(["get", "list", "watch"]);
const TOO_MANY_REQUESTS = 429;
const WINDOW_MICROS = 300_000_000;
/** Kubernetes' objective: 99 % of a window's requests within a second, lists within 30. */
const LATENCY_MICROS = 1_000_000;
const LIST_LATENCY_MICROS = 30_000_000;

/** Requests of one five-minute window of the readonly or of the mutating requests. */
export interface RequestWindow {
  requests: number;
  late: number;
  failed: number;
}

export class ApiRequests {
  requests = 0;
  failed = 0;
  throttled = 0;
  /** Lists that were begun because a watch had lost its place. */
  relists = 0;
  readonly mutatingMicros = new Histogram();
  readonly readOnlyMicros = new Histogram();
  /** Five-minute windows from the start of the run; windows without requests are holes. */
  readonly windows: Readonly<Record<"mutating" | "readonly", (RequestWindow | undefined)[]>> = {
    mutating: [],
    readonly: [],
  };
  /** All but watches. */
  readonly steps: LatencySteps;
  private readonly clock: () => number;
  private readonly series = new Map<string, Map<string, Map<string, ByCode>>>();

  /** @param stepMicros distance of the rows of time series */
  constructor(clock: () => number, stepMicros: number) {
    this.clock = clock;
    this.steps = new LatencySteps(stepMicros);
  }

  /**
   * A request was answered; with code 0 it never was.
   *
   * @param client the component, such as "kubelet" or "deployment-controller"
   * @param verb get, list, watch, create, update, patch, delete, deletecollection
   * @param kind with its subresource: "pods", "pods/status", "pods/binding"
   * @param seats concurrency that it took in the server, in seats; 0 = exempt
   */
  request(client: string, verb: string, kind: string, code: number, latencyMicros: number, seats: number): void {
    this.requests++;
    const isReadOnly = READ_ONLY.has(verb);
    const isFailed = code === 0 || code >= 500 || code === TOO_MANY_REQUESTS;
    if (code === TOO_MANY_REQUESTS) this.throttled++;
    if (isFailed) this.failed++;
    const found = this.find(client, verb, kind, code);
    found.latency.add(latencyMicros);
    found.seats += seats;
    // a watch lasts as long as it lasts
    if (verb === "watch") return;
    (isReadOnly ? this.readOnlyMicros : this.mutatingMicros).add(latencyMicros);
    const now = this.clock();
    this.steps.answered(now, latencyMicros);
    if (isFailed) this.steps.failedAt(now);
    const window = this.window(isReadOnly ? "readonly" : "mutating");
    window.requests++;
    if (isFailed) window.failed++;
    else if (latencyMicros > (verb === "list" ? LIST_LATENCY_MICROS : LATENCY_MICROS)) window.late++;
  }

  /**
   * Requests that were not executed one by one: all alike, answered with 200, spread evenly over a time.
   *
   * @param toMicros not before `fromMicros`
   */
  account(
    client: string,
    verb: string,
    kind: string,
    count: number,
    latencyMicros: number,
    fromMicros: number,
    toMicros: number,
  ): void {
    if (count === 0) return;
    this.requests += count;
    const found = this.find(client, verb, kind, 200);
    found.latency.addMany(latencyMicros, count);
    found.seats += count;
    const isReadOnly = READ_ONLY.has(verb);
    (isReadOnly ? this.readOnlyMicros : this.mutatingMicros).addMany(latencyMicros, count);
    this.steps.account(count, latencyMicros, fromMicros, toMicros);
    const first = Math.floor(fromMicros / WINDOW_MICROS);
    const last = Math.floor(toMicros / WINDOW_MICROS);
    const spanMicros = toMicros - fromMicros;
    let left = count;
    for (let index = first; index <= last; index++) {
      const overlap = Math.min(toMicros, (index + 1) * WINDOW_MICROS) - Math.max(fromMicros, index * WINDOW_MICROS);
      const part =
        index === last || spanMicros === 0 ? left : Math.min(left, Math.round((count * overlap) / spanMicros));
      this.windowAt(isReadOnly ? "readonly" : "mutating", index).requests += part;
      left -= part;
    }
  }

  /** A client had to list anew, since the place that its watch was at is gone. */
  relisted(): void {
    this.relists++;
  }

  /** One row per client, verb, kind and code, in this order. */
  table(): Table {
    const table = new TableBuilder(NUMBERS, ["client", "verb", "kind"]);
    const { numbers, texts } = table;
    for (const { client, verb, kind, code, latency, seats } of this.sorted()) {
      const row = table.add();
      texts.client.set(row, client);
      texts.verb.set(row, verb);
      texts.kind.set(row, kind);
      numbers.code.set(row, code);
      numbers.requests.set(row, latency.count);
      numbers.latencyP50Micros.set(row, latency.quantile(0.5));
      numbers.latencyP90Micros.set(row, latency.quantile(0.9));
      numbers.latencyP99Micros.set(row, latency.quantile(0.99));
      numbers.latencyMaxMicros.set(row, latency.max);
      numbers.seats.set(row, seats);
    }
    return table.freeze();
  }

  private sorted(): Series[] {
    const all: Series[] = [];
    for (const verbs of this.series.values())
      for (const kinds of verbs.values()) for (const codes of kinds.values()) all.push(...codes.values());
    const order = (a: string | number, b: string | number) => (a < b ? -1 : a > b ? 1 : 0);
    return all.sort(
      (a, b) => order(a.client, b.client) || order(a.verb, b.verb) || order(a.kind, b.kind) || order(a.code, b.code),
    );
  }

  private window(kind: "mutating" | "readonly"): RequestWindow {
    return this.windowAt(kind, Math.floor(this.clock() / WINDOW_MICROS));
  }

  private windowAt(kind: "mutating" | "readonly", index: number): RequestWindow {
    const windows = this.windows[kind];
    let window = windows[index];
    if (window === undefined) {
      window = { requests: 0, late: 0, failed: 0 };
      windows[index] = window;
    }
    return window;
  }

  private find(client: string, verb: string, kind: string, code: number): Series {
    const codes = this.series.get(client)?.get(verb)?.get(kind);
    return codes?.get(code) ?? this.add(client, verb, kind, code);
  }

  private add(client: string, verb: string, kind: string, code: number): Series {
    const series: Series = { client, verb, kind, code, latency: new Histogram(), seats: 0 };
    const verbs = below(this.series, client, () => new Map<string, Map<string, ByCode>>());
    const kinds = below(verbs, verb, () => new Map<string, ByCode>());
    below(kinds, kind, () => new Map<number, Series>()).set(code, series);
    return series;
  }
}

function below<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
