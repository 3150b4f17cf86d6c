// A world without etcd: named targets whose roles a test sets, kinds that only write down what they are asked to do, and entries.
import { Engine } from "../../sim/engine/engine.ts";
import { SECOND, type Tick } from "../../sim/engine/tick.ts";
import { FactBoard } from "../../sim/faults/facts.ts";
import { type FaultKind, faultKind } from "../../sim/faults/kind.ts";
import { type FaultObserver, FaultProcess } from "../../sim/faults/process.ts";
import type { Target } from "../../sim/faults/targets.ts";
import type { FaultWorld } from "../../sim/faults/world.ts";
import type { FaultPlan, FaultTrigger } from "../../sim/model/fault-plan.ts";

/** Nothing here waits for the state of objects. */
export const NO_STATES = { watch: () => undefined, holds: () => false };

export class Rig {
  readonly engine: Engine;
  readonly facts: FactBoard;
  /** `seconds what`, in order. */
  readonly log: string[] = [];
  targets: Target[] = ["a", "b", "c"].map((zone, i) => ({
    name: `etcd-${i}`,
    zone,
    role: i === 0 ? "leader" : "follower",
  }));

  constructor(seed: string | number = 1) {
    this.engine = new Engine({ seed });
    this.facts = new FactBoard(this.engine);
  }

  note(what: string): void {
    this.log.push(`${this.engine.now / SECOND} ${what}`);
  }

  start(faults: readonly FaultPlan[], ...kinds: readonly FaultKind[]): this {
    const observer: FaultObserver = {
      injected: (n, id, _kind, targets) => this.note(`#${n} ${id} on ${targets.join(" ")}`),
      recovered: (n, failed) => this.note(`#${n} over${failed}`),
      missed: (id, _kind, reason) => this.note(`${id} missed: ${reason}`),
      effect: (n, name, value) => this.note(`#${n} ${name} ${value}`),
    };
    const world = { candidates: () => this.targets } as Partial<FaultWorld> as FaultWorld;
    const all = new Map([...this.kinds(), ...kinds].map((kind) => [kind.name, kind]));
    new FaultProcess({
      engine: this.engine,
      faults,
      kinds: all,
      world,
      facts: this.facts,
      states: NO_STATES,
      observer,
    }).start();
    return this;
  }

  run(seconds: number): readonly string[] {
    this.engine.run((seconds * SECOND) as Tick);
    return this.log;
  }

  private kinds(): readonly FaultKind[] {
    const common = { doc: "", example: "", layer: "etcd", parameters: {}, defaultForMicros: null } as const;
    return [
      faultKind({
        ...common,
        name: "breaks",
        course: "lasting",
        hasDuration: true,
        selection: { role: "any", count: 1 },
        isSelectable: true,
        needsRunning: true,
        inject: (run) => {
          this.targets = this.targets.map((t) => (run.names.includes(t.name) ? { ...t, role: "down" } : t));
          return () => {
            this.targets = this.targets.map((t) => (run.names.includes(t.name) ? { ...t, role: "follower" } : t));
          };
        },
      }),
      faultKind({
        ...common,
        name: "happens",
        course: "instant",
        hasDuration: false,
        selection: {},
        isSelectable: true,
        needsRunning: false,
        inject: () => undefined,
      }),
    ];
  }
}

/** An entry with everything that is not said at its default. */
export function entry(id: string, kind: string, trigger: FaultTrigger, parts: Partial<FaultPlan> = {}): FaultPlan {
  return {
    id,
    stream: id,
    kind,
    trigger,
    selection: { names: [], role: null, zone: null, count: null, share: null },
    parameters: {},
    forMicros: null,
    recover: "auto",
    limits: { maxActive: null, keepQuorum: false },
    ...parts,
  };
}

export const seconds = (n: number) => ({ kind: "constant", value: n * SECOND }) as const;
export const at = (n: number): FaultTrigger => ({ on: "at", atMicros: n * SECOND });
