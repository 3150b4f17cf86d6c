// Connects the faults of a plan with the control plane: what etcd and the store tell becomes facts and records, and what faults do goes to
// the fault points. A run without faults and conditions pays for none of it.
import type { Engine } from "../engine/engine.ts";
import type { EtcdObserver } from "../etcd/observer.ts";
import { EtcdFacts, ObjectFacts } from "../faults/fact-feed.ts";
import { FactBoard } from "../faults/facts.ts";
import type { FaultKind } from "../faults/kind.ts";
import { type FaultObserver, FaultProcess } from "../faults/process.ts";
import { kindsByName } from "../faults/registry.ts";
import { tee } from "../faults/tee.ts";
import { EtcdObservation } from "../metrics/etcd-observer.ts";
import type { Recorder } from "../metrics/recorder.ts";
import type { MetricValues } from "../model/expectation/metrics.ts";
import { type Claim, partsOf, statesOf } from "../model/expectation/syntax.ts";
import type { FaultPlan } from "../model/fault-plan.ts";
import type { Plan } from "../scenario/plan.ts";
import { actionEntries, actionKinds, isAction } from "./actions.ts";
import type { ControlPlane } from "./control-plane.ts";
import { type Judged, RunExpectations } from "./expectations.ts";
import { type FaultedParts, RunFaultWorld } from "./fault-world.ts";
import { RecordedTraffic } from "./traffic-source.ts";

export class FaultInjection {
  /** For the etcd cluster. */
  readonly observer: EtcdObserver;
  private readonly engine: Engine;
  private readonly plan: Plan;
  private readonly recorder: Recorder;
  /** What can be observed: for conditions and expectations. */
  private readonly board: FactBoard;
  private readonly etcdFacts: EtcdFacts;
  private readonly expectations: RunExpectations;
  /** Faults, and actions in their form. */
  private readonly entries: readonly FaultPlan[];
  private readonly disturb: (kind: FaultKind) => () => void;
  private process: FaultProcess | null = null;

  /** @param disturb told before a fault or action has any effect; what it returns is called when that is over */
  constructor(
    engine: Engine,
    plan: Plan,
    recorder: Recorder,
    disturb: (kind: FaultKind) => () => void,
    measuresMargins = false,
  ) {
    this.engine = engine;
    this.disturb = disturb;
    this.plan = plan;
    this.recorder = recorder;
    this.board = new FactBoard(engine);
    this.entries = [...plan.faults, ...actionEntries(plan.actions)];
    this.expectations = new RunExpectations(
      engine,
      plan,
      this.board,
      this.entries,
      isCertain,
      plan.traffic === null ? null : new RecordedTraffic(recorder.services),
      measuresMargins,
    );
    const { members } = plan.etcd;
    for (const { name, zone } of members) recorder.etcd.member(name, zone, true);
    const observation = new EtcdObservation(recorder.etcd);
    this.etcdFacts = new EtcdFacts(
      this.board,
      members.map(({ name }) => name),
    );
    const hasConditions =
      this.entries.some(({ trigger }) => trigger.on === "when") ||
      plan.expectations.some(({ claim }) => asksFacts(claim));
    this.observer = hasConditions ? tee<EtcdObserver>([observation, this.etcdFacts]) : observation;
  }

  /** Pending events that only keep faults ready: they alone are no reason for a run to go on. */
  get ownTimers(): number {
    return (this.process?.ownTimers ?? 0) + this.expectations.ownTimers;
  }

  /** Can nothing be written to etcd, and is no fault left whose end would change that? */
  isHopeless({ etcd }: ControlPlane): boolean {
    if (this.process === null || this.process.endsSomething) return false;
    return (
      etcd.leader() === null || etcd.members.some((member) => !member.isRemoved && member.view.hasAlarm("NOSPACE"))
    );
  }

  /** Arms all faults, and what watches the expectations. Before the control plane starts, so that nothing is missed. */
  arm(parts: FaultedParts): void {
    const { api } = parts.controlPlane;
    const { board, engine, entries, expectations, plan, recorder } = this;
    for (const fault of plan.faults) recorder.faults.expect(fault.id, isCertain(fault, entries));
    for (const action of entries.slice(plan.faults.length))
      recorder.actions.expect(action.id, isCertain(action, entries));
    if (entries.length > 0) {
      const client = api.client({ name: "kubectl", user: "kubernetes-admin", groups: ["system:masters"] });
      const actions = plan.actions.length === 0 ? [] : actionKinds({ engine, client, recorder: recorder.actions });
      this.process = new FaultProcess({
        engine,
        faults: entries,
        kinds: new Map([...kindsByName(), ...actions.map((kind) => [kind.name, kind] as const)]),
        world: new RunFaultWorld(engine, parts, client),
        facts: board,
        disturb: this.disturb,
        states: expectations.states,
        observer: new Observers(recorder.faults, expectations),
      });
      this.process.start();
    } else for (const fact of OF_NOBODY) board.set(fact, 0);
    expectations.listen(api);
    this.etcdFacts.begin();
    const objects = new ObjectFacts(board);
    objects.begin();
    if (objects.isWanted) api.onChange((kind, type, object, before) => objects.changed(kind, type, object, before));
  }

  /** The run begins: the control plane has told of the objects that are there. */
  begin(): void {
    this.expectations.begin();
  }

  /** Judges the expectations at the end of the run. */
  judge(values: MetricValues): Judged {
    return this.expectations.finish(values);
  }
}

/** The record of the run and its expectations both hear of faults; expectations first, as long as the fault has done nothing. */
class Observers implements FaultObserver {
  private readonly recorder: FaultObserver;
  private readonly expectations: RunExpectations;
  private readonly ids: string[] = [];
  /** Occurrences that are actions, which are recorded where they are carried out. */
  private readonly actions = new Set<number>();

  constructor(recorder: FaultObserver, expectations: RunExpectations) {
    this.recorder = recorder;
    this.expectations = expectations;
  }

  injected(occurrence: number, id: string, kind: string, targets: readonly string[]): void {
    this.ids[occurrence] = id;
    this.expectations.injected(id);
    if (!isAction(kind)) this.recorder.injected(occurrence, id, kind, targets);
    else this.actions.add(occurrence);
  }

  recovered(occurrence: number, failed: string): void {
    this.expectations.recovered(this.ids[occurrence]!);
    if (!this.actions.delete(occurrence)) this.recorder.recovered(occurrence, failed);
  }

  missed(...facts: Parameters<FaultObserver["missed"]>): void {
    this.recorder.missed(...facts);
  }

  effect(...facts: Parameters<FaultObserver["effect"]>): void {
    this.recorder.effect(...facts);
  }
}

/** Facts of a run in which nothing is meant to happen. */
const OF_NOBODY = ["faults.active", "faults.injected", "actions.active", "actions.failed"] as const;

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

function asksFacts(claim: Claim): boolean {
  return statesOf(claim).some((state) => partsOf(state).some(({ op }) => op === "fact"));
}
