// Watches a simulated API server as the recorder watched the real one: lists, then every change, with the time at which it was heard of.
import { type Client, keyOf, type Watch } from "../../../sim/apiserver/client.ts";
import type { KubernetesObject } from "../../../sim/model/objects.ts";
import { RECORDED_KINDS, type RecordedKind, RowWriter } from "./row-of.ts";
import type { Row, RowEvent } from "./rows.ts";

export interface WatchRecorderOptions {
  readonly client: Client;
  readonly clock: () => number;
  /** Time 0 of the recording, in virtual time. */
  readonly zeroMicros: number;
  /** Leases of nodes are written only where the recordings have them. */
  readonly hasNodeLeases: boolean;
}

const LETTERS = { ADDED: "A", MODIFIED: "M", DELETED: "D" } as const;

export class WatchRecorder {
  readonly rows: Row[] = [];
  private readonly options: WatchRecorderOptions;
  private readonly writer: RowWriter;
  private readonly watches: Watch[] = [];

  constructor(options: WatchRecorderOptions) {
    this.options = options;
    this.writer = new RowWriter(options.zeroMicros);
  }

  /** At time 0 of the recording. */
  start(): void {
    for (const kind of RECORDED_KINDS) this.watch(kind);
  }

  private watch(kind: RecordedKind): void {
    const known = new Map<string, KubernetesObject>();
    const sink = {
      listed: (items: readonly KubernetesObject[]) => {
        const present = new Set<string>();
        for (const item of items) {
          const key = keyOf(kind, item as never);
          present.add(key);
          const before = known.get(key);
          known.set(key, item);
          if (before?.metadata.resourceVersion !== item.metadata.resourceVersion || before === undefined)
            this.write(kind, "L", item);
        }
        for (const [key, last] of known) {
          if (present.has(key)) continue;
          known.delete(key);
          this.write(kind, "D", last, true);
        }
      },
      event: (type: keyof typeof LETTERS, object: KubernetesObject, key: string) => {
        if (type === "DELETED") known.delete(key);
        else known.set(key, object);
        this.write(kind, LETTERS[type], object);
      },
    };
    this.watches.push(this.options.client.listAndWatch(kind, {}, sink as never));
  }

  private write(kind: RecordedKind, event: RowEvent, object: KubernetesObject, isRelist = false): void {
    if (kind === "leases" && !this.options.hasNodeLeases && object.metadata.namespace === "kube-node-lease") return;
    const row = this.writer.row(kind, event, object, this.options.clock());
    this.rows.push(isRelist ? { ...row, relist: true } : row);
  }
}
