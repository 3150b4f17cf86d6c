// Faults of a run: what was injected when and on whom, when it was first noticed and when undone, and what happened to etcd meanwhile.
// Effects are counted from the injection until SETTLE_MICROS after the recovery; faults that overlap share theirs.
import type { EtcdRecorder } from "./etcd-recorder.ts";
import type { SystemEvent } from "./event-log.ts";
import { countWithin } from "./spans.ts";
import { TableBuilder } from "./table.ts";

/** Requests that wait for a lost leader fail seven seconds later: they belong to the fault still. */
const SETTLE_MICROS = 10_000_000;

const NUMBERS = [
  "injectedMicros",
  "detectedMicros",
  "recoveredMicros",
  "restoredMicros",
  "matched",
  "leaderlessMicros",
  "noQuorumMicros",
  "stalledMicros",
  "leaderChanges",
  "elections",
  "requestsFailed",
  "lostWrites",
  "restoredRevision",
] as const;
const TEXTS = ["id", "kind", "targets", "outcome"] as const;

export class FaultRecorder {
  readonly table = new TableBuilder(NUMBERS, TEXTS);
  injections = 0;
  misses = 0;
  lostWrites = 0;
  private readonly clock: () => number;
  private readonly etcd: EtcdRecorder;
  private readonly event: SystemEvent;
  /** Row by occurrence. */
  private readonly rows: number[] = [];
  /** Rows that nobody has noticed yet, and rows that are undone while etcd is not whole again. */
  private unnoticed: number[] = [];
  private healing: number[] = [];
  /** By id: how often it happened, and whether it had to. */
  private readonly byId = new Map<string, { count: number; readonly isCertain: boolean }>();

  constructor(clock: () => number, etcd: EtcdRecorder, event: SystemEvent) {
    this.clock = clock;
    this.etcd = etcd;
    this.event = event;
    etcd.onSign = () => this.sign();
    etcd.onChange = () => this.heal();
  }

  /** Says which faults there will be, so that those that never happen are known. What comes by chance need not happen. */
  expect(id: string, isCertain: boolean): void {
    this.byId.set(id, { count: 0, isCertain });
  }

  /** Those that never happened: by chance, or although they had to. */
  never(isCertain: boolean): readonly string[] {
    return [...this.byId].filter(([, fault]) => fault.count === 0 && fault.isCertain === isCertain).map(([id]) => id);
  }

  injected(occurrence: number, id: string, kind: string, targets: readonly string[]): void {
    this.injections++;
    const expected = this.byId.get(id);
    if (expected !== undefined) expected.count++;
    const row = this.add(id, kind, targets);
    this.rows[occurrence] = row;
    this.table.numbers.matched.set(row, 1);
    this.table.texts.outcome.set(row, "active");
    this.unnoticed.push(row);
    this.event("Warning", "FaultInjected", "Fault", id, `${kind} on ${targets.join(", ")}`);
  }

  recovered(occurrence: number, failed: string): void {
    const row = this.rows[occurrence]!;
    this.table.numbers.recoveredMicros.set(row, this.clock());
    this.table.texts.outcome.set(row, failed === "" ? "recovered" : `gave up: ${failed}`);
    this.healing.push(row);
    const { id, kind } = this.table.texts;
    if (failed === "") this.event("Normal", "FaultRecovered", "Fault", id.get(row), kind.get(row));
    else this.event("Warning", "FaultGaveUp", "Fault", id.get(row), failed);
    this.heal();
  }

  missed(id: string, kind: string, reason: string): void {
    this.misses++;
    const row = this.add(id, kind, []);
    this.table.numbers.matched.set(row, reason === "no target" ? 0 : 1);
    this.table.texts.outcome.set(row, reason);
    this.event("Warning", "FaultMissed", "Fault", id, `${kind}: ${reason}`);
  }

  effect(occurrence: number, name: "lostWrites" | "restoredRevision", value: number): void {
    this.table.numbers[name].set(this.rows[occurrence]!, value);
    if (name === "lostWrites") this.lostWrites += value;
  }

  /** Completes detection and effects at the end of a run, after etcd's record is complete. */
  finish(): void {
    const { numbers, rows, texts } = this.table;
    if (this.etcd.members.length === 0) return;
    const { etcd } = this;
    for (let row = 0; row < rows; row++) {
      if (texts.outcome.get(row) === "no target" || texts.outcome.get(row) === "limit") continue;
      const from = numbers.injectedMicros.get(row);
      const recovered = numbers.recoveredMicros.get(row);
      const to = Math.min(this.clock(), (Number.isNaN(recovered) ? this.clock() : recovered) + SETTLE_MICROS);
      numbers.leaderlessMicros.set(row, etcd.leaderless.within(from, to));
      numbers.noQuorumMicros.set(row, etcd.noQuorum.within(from, to));
      numbers.stalledMicros.set(row, etcd.stalls.within(from, to));
      numbers.leaderChanges.set(row, countWithin(etcd.leaderChanges, from, to));
      numbers.elections.set(row, countWithin(etcd.elections, from, to));
      numbers.requestsFailed.set(row, countWithin(etcd.failures, from, to));
    }
  }

  /** Does any fault wait for its first sign? */
  get areUnnoticed(): boolean {
    return this.unnoticed.length > 0;
  }

  /** A node or a pod that was ready is so no longer. */
  unready(): void {
    this.sign();
  }

  /** The first sign of every fault that has not shown yet; what shows after its effects have ended is none of it. */
  private sign(): void {
    if (this.unnoticed.length === 0) return;
    const now = this.clock();
    for (const row of this.unnoticed) {
      const recovered = this.table.numbers.recoveredMicros.get(row);
      if (Number.isNaN(recovered) || now <= recovered + SETTLE_MICROS) this.table.numbers.detectedMicros.set(row, now);
    }
    this.unnoticed = [];
  }

  private heal(): void {
    if (this.healing.length === 0 || !this.etcd.isWhole) return;
    for (const row of this.healing) this.table.numbers.restoredMicros.set(row, this.clock());
    this.healing = [];
  }

  private add(id: string, kind: string, targets: readonly string[]): number {
    const row = this.table.add();
    this.table.texts.id.set(row, id);
    this.table.texts.kind.set(row, kind);
    this.table.texts.targets.set(row, targets.join(" "));
    this.table.numbers.injectedMicros.set(row, this.clock());
    return row;
  }
}
