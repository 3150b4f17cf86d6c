// Records a simulated API server as the recorder recorded the real one: what is there at first, then every change, with the time at which it is
// heard of. It hears what the server's watch cache hears, so it is a watcher that is never cut off: the recorded one was back within a second or
// two of every outage.
import type { ApiServer } from "../../../sim/apiserver/server.ts";
import type { KubernetesObject } from "../../../sim/model/objects.ts";
import { RECORDED_KINDS, type RecordedKind, RowWriter } from "./row-of.ts";
import type { Row, RowEvent } from "./rows.ts";

export interface WatchRecorderOptions {
  readonly api: ApiServer;
  readonly clock: () => number;
  /** Time 0 of the recording, in virtual time. */
  readonly zeroMicros: number;
  /** Leases of nodes are written only where the recordings have them. */
  readonly hasNodeLeases: boolean;
}

const LETTERS = { ADDED: "A", MODIFIED: "M", DELETED: "D" } as const;
/** What an event takes to a watcher. */
const WATCH_MICROS = 1000;

export class WatchRecorder {
  readonly rows: Row[] = [];
  private readonly options: WatchRecorderOptions;
  private readonly writer: RowWriter;
  private isOn = false;

  /** Before the run. */
  constructor(options: WatchRecorderOptions) {
    this.options = options;
    this.writer = new RowWriter(options.zeroMicros);
    const wanted = new Set<string>(RECORDED_KINDS);
    options.api.onChange((kind, type, object) => {
      if (this.isOn && wanted.has(kind)) this.write(kind as RecordedKind, LETTERS[type], object);
    });
  }

  /** At time 0 of the recording. */
  start(): void {
    this.isOn = true;
    for (const kind of RECORDED_KINDS) for (const object of this.options.api.list(kind)) this.write(kind, "L", object);
  }

  private write(kind: RecordedKind, event: RowEvent, object: KubernetesObject): void {
    if (kind === "leases" && !this.options.hasNodeLeases && object.metadata.namespace === "kube-node-lease") return;
    this.rows.push(this.writer.row(kind, event, object, this.options.clock() + WATCH_MICROS));
  }
}
