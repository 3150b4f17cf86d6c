// Connects the faults of a plan with the control plane: what etcd and the store tell becomes facts and records, and what faults do goes to
// the fault points. A run without faults and conditions pays for none of it.
import type { Engine } from "../engine/engine.ts";
import { EtcdFaultPoints } from "../etcd/fault-points.ts";
import type { EtcdObserver } from "../etcd/observer.ts";
import { EtcdFacts, ObjectFacts } from "../faults/fact-feed.ts";
import { FactBoard } from "../faults/facts.ts";
import { FaultProcess } from "../faults/process.ts";
import { kindsByName } from "../faults/registry.ts";
import { tee } from "../faults/tee.ts";
import { EtcdObservation } from "../metrics/etcd-observer.ts";
import type { Recorder } from "../metrics/recorder.ts";
import type { FaultPlan } from "../model/fault-plan.ts";
import { NetworkFaultPoints } from "../network/fault-points.ts";
import type { Plan } from "../scenario/plan.ts";
import type { ControlPlane } from "./control-plane.ts";

export class FaultInjection {
  /** For the etcd cluster. */
  readonly observer: EtcdObserver;
  private readonly engine: Engine;
  private readonly plan: Plan;
  private readonly recorder: Recorder;
  private readonly board: FactBoard;
  private readonly etcdFacts: EtcdFacts;
  private process: FaultProcess | null = null;

  constructor(engine: Engine, plan: Plan, recorder: Recorder) {
    this.engine = engine;
    this.plan = plan;
    this.recorder = recorder;
    this.board = new FactBoard(engine);
    const { members } = plan.etcd;
    for (const { name, zone } of members) recorder.etcd.member(name, zone, true);
    const observation = new EtcdObservation(recorder.etcd);
    this.etcdFacts = new EtcdFacts(
      this.board,
      members.map(({ name }) => name),
    );
    const hasConditions = plan.faults.some(({ trigger }) => trigger.on === "when");
    this.observer = hasConditions ? tee<EtcdObserver>([observation, this.etcdFacts]) : observation;
  }

  /** Pending events that only keep faults ready: they alone are no reason for a run to go on. */
  get ownTimers(): number {
    return this.process?.ownTimers ?? 0;
  }

  /** Can nothing be written to etcd, and is no fault left whose end would change that? */
  isHopeless({ etcd }: ControlPlane): boolean {
    if (this.process === null || this.process.endsSomething) return false;
    return (
      etcd.leader() === null || etcd.members.some((member) => !member.isRemoved && member.view.hasAlarm("NOSPACE"))
    );
  }

  /** Arms all faults. Before the control plane starts, so that nothing is missed. */
  arm({ api, etcd, network }: ControlPlane): void {
    const { board, engine, plan, recorder } = this;
    if (plan.faults.length === 0) return;
    for (const fault of plan.faults) recorder.faults.expect(fault.id, isCertain(fault, plan.faults));
    const points = new EtcdFaultPoints(etcd);
    this.process = new FaultProcess({
      engine,
      faults: plan.faults,
      kinds: kindsByName(),
      world: { etcd: points, network: new NetworkFaultPoints(network), candidates: () => points.members() },
      facts: board,
      observer: recorder.faults,
    });
    this.process.start();
    this.etcdFacts.begin();
    const objects = new ObjectFacts(board);
    objects.begin();
    if (objects.isWanted) api.onChange((kind, type, object, before) => objects.changed(kind, type, object, before));
  }
}

/** Must it happen, or only by chance? */
function isCertain({ trigger }: FaultPlan, faults: readonly FaultPlan[]): boolean {
  switch (trigger.on) {
    case "mtbf":
      return false;
    case "every":
      return trigger.gapMicros.kind === "constant";
    case "after": {
      const before = faults.find(({ id }) => id === trigger.fault);
      return before === undefined || isCertain(before, faults);
    }
    default:
      return true;
  }
}
