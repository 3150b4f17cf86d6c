// One pass after the other: takes over what the provider says, cleans up after machines that failed, makes the cluster larger for pods that
// fit nowhere, and if it did not have to, looks for nodes that are not needed. Source: behaviour of RunOnce and loop/trigger, 1.36.

import type { EventHandle } from "../engine/engine.ts";
import { ask, runSteps, type Steps } from "../engine/steps.ts";
import { parseDurationMicros, SECOND } from "../engine/tick.ts";
import type { Pod } from "../model/objects.ts";
import { parseTimestampMicros } from "../model/timestamp.ts";
import type { PodInfo, PodShape } from "../scheduler/shape.ts";
import { Actuator, softTaints } from "./actuator.ts";
import { Budgets } from "./budgets.ts";
import type { NodeGroup } from "./cloud-provider.ts";
import { ClusterState } from "./cluster-state.ts";
import type { ClusterView } from "./cluster-view.ts";
import type { AutoscalerContext } from "./context.ts";
import { Deletions } from "./deletions.ts";
import { isMirror, isOfDaemonSet, POD_SCALE_UP_DELAY_ANNOTATION } from "./node-marks.ts";
import { type Predicates, unbound, WhatIf } from "./predicates.ts";
import { ScaleDownPlanner } from "./scale-down-planner.ts";
import { ScaleUp } from "./scale-up.ts";
import { writeStatus } from "./status.ts";
import { addTemplateNode, Templates } from "./templates.ts";

/** Pods are left alone for so long, as more of them may come: those with GPUs for longer. */
const BUFFER_MICROS = 2 * SECOND;
const GPU_BUFFER_MICROS = 30 * SECOND;

export class AutoscalerLoop {
  private readonly context: AutoscalerContext;
  private readonly view: ClusterView;
  private readonly predicates: Predicates;
  private readonly state: ClusterState;
  private readonly templates: Templates;
  private readonly deletions = new Deletions();
  private readonly planner: ScaleDownPlanner;
  private readonly actuator: Actuator;
  private readonly scaleUp: ScaleUp;
  private lastScaleUpMicros = Number.NEGATIVE_INFINITY;
  private lastScaleDownMicros = Number.NEGATIVE_INFINITY;
  private lastSuccessMicros: number;
  private waiting: EventHandle | null = null;
  // a pod that fits nowhere has come since the last pass began
  private isWanted = false;
  private isClean = false;
  // shapes that fit nowhere as the cluster is
  private readonly nowhere = new Map<PodShape, string>();

  constructor(context: AutoscalerContext, view: ClusterView, predicates: Predicates) {
    const { engine, flags } = context;
    this.context = context;
    this.view = view;
    this.predicates = predicates;
    this.lastSuccessMicros = engine.now;
    const now = () => engine.now;
    const budgets = new Budgets(view.snapshot);
    this.state = new ClusterState(context, view);
    this.templates = new Templates(view);
    this.planner = new ScaleDownPlanner(view, this.state, this.deletions, predicates, budgets, flags, now);
    this.actuator = new Actuator(context, view, this.deletions, this.planner, budgets);
    const stream = engine.stream("cluster-autoscaler/expander");
    this.scaleUp = new ScaleUp(context, view, this.state, predicates, this.templates, stream);
  }

  /** @param exit called when no pass has succeeded for too long: the process is restarted */
  start(exit: () => void): void {
    const { engine, flags, life } = this.context;
    const pass = () => {
      this.isWanted = false;
      const beganMicros = engine.now;
      runSteps(
        this.runOnce(),
        life.guard((isSuccessful: boolean) => {
          if (isSuccessful) this.lastSuccessMicros = engine.now;
          else if (engine.now - this.lastSuccessMicros > flags.maxFailingTimeMicros) return exit();
          const isProductive = this.lastScaleUpMicros >= beganMicros || this.lastScaleDownMicros >= beganMicros;
          const isAtOnce = flags.frequentLoopsEnabled && (isProductive || this.isWanted);
          this.waiting = life.after(isAtOnce ? 0 : flags.scanIntervalMicros, next);
        }),
      );
    };
    const next = () => {
      this.waiting = null;
      pass();
    };
    this.view.onUnschedulable = () => {
      this.isWanted = true;
      if (!flags.frequentLoopsEnabled || this.waiting === null) return;
      life.cancel(this.waiting);
      this.waiting = life.after(0, next);
    };
    pass();
  }

  private *runOnce(): Steps<boolean> {
    const { provider } = this.context;
    if (!this.isClean) {
      yield* this.actuator.cleanUp();
      this.isClean = true;
    }
    if ((yield* ask<string | null>((done) => provider.refresh(done))) !== null) return false;
    this.view.flush();
    this.state.update();
    const isSuccessful = yield* this.act();
    const candidates = new Map<NodeGroup, number>();
    for (const name of this.planner.unneeded.keys()) {
      const group = this.view.groupOf(name);
      if (group !== null) candidates.set(group, (candidates.get(group) ?? 0) + 1);
    }
    yield* writeStatus(this.context, this.view, this.state, candidates);
    return isSuccessful;
  }

  private *act(): Steps<boolean> {
    const { events, flags, recorder } = this.context;
    yield* this.deleteUnregistered();
    if (!this.state.isHealthy) {
      this.planner.clear();
      events.log("Warning", "ClusterUnhealthy", "Cluster is unhealthy");
      const { registered, unready } = this.state.total;
      recorder.autoscaler.note("unhealthy", "", "", "done", `${unready} of ${registered} nodes are not ready`);
      return true;
    }
    yield* this.deleteFailed();
    if (yield* this.fixSizes()) return true;
    const whatIf = new WhatIf(this.view.snapshot);
    // the snapshot is changed and read within an instant: what waits comes after it is as it was
    const { isYoung, pods, seen, upcoming } = this.unschedulable(whatIf);
    if (flags.scaleDownEnabled) this.planner.update(whatIf, seen);
    const wanted = pods.length > 0 && !isYoung ? this.scaleUp.run(pods, upcoming) : null;
    // the first step is all of the simulation
    const result = wanted === null ? null : yield* this.withSnapshot(wanted, whatIf);
    whatIf.revert();
    if (result === "failed") return false;
    if (result === "successful") {
      this.lastScaleUpMicros = this.context.engine.now;
      return true;
    }
    if (flags.scaleDownEnabled && !(yield* this.scaleDown(isYoung))) return false;
    if (flags.enforceNodeGroupMinSize && (yield* this.scaleUp.toMinimum()))
      this.lastScaleUpMicros = this.context.engine.now;
    return true;
  }

  /** Runs steps of which only what comes before the first wait looks at the snapshot. */
  private *withSnapshot<T>(steps: Steps<T>, whatIf: WhatIf): Steps<T> {
    let step = steps.next();
    whatIf.revert();
    while (step.done !== true) step = steps.next(yield step.value);
    return step.value;
  }

  private *scaleDown(isYoung: boolean): Steps<boolean> {
    const { engine, flags } = this.context;
    const { now } = engine;
    const isInCooldown =
      isYoung ||
      this.lastScaleUpMicros + flags.scaleDownDelayAfterAddMicros > now ||
      this.actuator.failedMicros + flags.scaleDownDelayAfterFailureMicros > now ||
      this.lastScaleDownMicros + flags.scaleDownDelayAfterDeleteMicros > now;
    if (isInCooldown) return true;
    const { drain, empty } = this.planner.removable();
    const started = yield* this.actuator.start(empty, drain);
    if (started === "failed") {
      this.actuator.failedMicros = now;
      return false;
    }
    if (started === "started") this.lastScaleDownMicros = now;
    else if (flags.maxBulkSoftTaintCount > 0)
      yield* softTaints(this.context, this.view, new Set(this.planner.unneeded.keys()));
    return true;
  }

  /** The pods for which there is no room, neither now nor on the nodes that are to come. */
  private unschedulable(whatIf: WhatIf) {
    const { engine, flags } = this.context;
    const coming = new Set<string>();
    let upcoming = 0;
    let picture = "";
    for (const of of this.view.groups) {
      const group = of.group!;
      const count = this.state.upcoming(group);
      picture += `${count},`;
      if (count === 0) continue;
      for (const name of this.state.readiness(group).notStarted) coming.add(name);
      const template = this.templates.of(of);
      for (let i = 0; i < count; i++) addTemplateNode(whatIf, template, group.plan.id, `upcoming-${i}`);
      upcoming += count;
    }
    const waiting = this.waitingPods();
    const left: PodInfo[] = [];
    const situation = `${this.view.changes}/${picture}`;
    for (const pod of waiting) {
      // stands for the other ones like it
      const isHopeless = this.nowhere.get(pod.shape) === situation;
      const node = isHopeless ? null : this.predicates.findAny(pod, ({ name }) => !coming.has(name));
      if (node !== null) whatIf.place(pod, node.name);
      else {
        this.nowhere.set(pod.shape, situation);
        left.push(pod);
      }
    }
    if (waiting.length === 0) this.nowhere.clear();
    const old = left.filter(({ pod }) => ageMicros(pod, engine.now) > delayMicros(pod, flags.newPodScaleUpDelayMicros));
    const isYoung = old.length > 0 && areNew(old, engine.now);
    return { pods: old, isYoung, upcoming, seen: `${picture}${waiting.length}` };
  }

  private waitingPods(): readonly PodInfo[] {
    const { snapshot } = this.view;
    const pods: PodInfo[] = [];
    for (const pod of this.view.pending.values()) if (!isOfDaemonSet(pod)) pods.push(snapshot.info(pod));
    // the others of a node that is being drained will wait soon
    for (const name of this.deletions.drained())
      for (const pod of snapshot.node(name)?.pods ?? [])
        if (!isMirror(pod.pod) && !isOfDaemonSet(pod.pod)) pods.push(unbound(pod));
    return pods.sort((a, b) => b.shape.priority - a.shape.priority);
  }

  private *deleteUnregistered(): Steps {
    const { events, provider, recorder } = this.context;
    for (const { group } of this.view.groups) {
      const old = this.state.oldUnregistered(group!);
      const names = old.slice(0, Math.max(0, group!.target - group!.plan.min));
      if (names.length === 0) continue;
      const error = yield* ask<string | null>((done) => provider.deleteNodes(group!, names, done));
      for (const name of names) {
        if (error === null) events.log("Normal", "DeleteUnregistered", `Removed unregistered node ${name}`);
        else events.log("Warning", "DeleteUnregisteredFailed", `Failed to remove node ${name}: ${error}`);
        recorder.autoscaler.note(
          "deleteUnregistered",
          group!.plan.id,
          name,
          error === null ? "done" : "failed",
          error ?? "",
        );
      }
    }
  }

  private *deleteFailed(): Steps {
    const { provider, recorder } = this.context;
    for (const { group } of this.view.groups) {
      const names = this.state.failedInstances(group!).filter((name) => group!.creating.has(name));
      if (names.length === 0) continue;
      const error = yield* ask<string | null>((done) => provider.deleteNodes(group!, names, done));
      for (const name of names)
        recorder.autoscaler.note("deleteFailed", group!.plan.id, name, error === null ? "done" : "failed", error ?? "");
    }
    this.state.update();
  }

  private *fixSizes(): Steps<boolean> {
    const { provider, recorder } = this.context;
    let isFixed = false;
    for (const { group } of this.view.groups) {
      const surplus = this.state.surplus(group!);
      if (surplus === 0) continue;
      const error = yield* ask<string | null>((done) => provider.decreaseTargetSize(group!, surplus, done));
      recorder.autoscaler.note(
        "fixSize",
        group!.plan.id,
        "",
        error === null ? "done" : "failed",
        error ?? `${surplus} fewer`,
      );
      isFixed = true;
    }
    return isFixed;
  }
}

function ageMicros({ metadata }: Pod, now: number): number {
  const { creationTimestamp } = metadata;
  return now - (creationTimestamp == null ? now : (parseTimestampMicros(creationTimestamp) ?? now));
}

function delayMicros({ metadata }: Pod, standard: number): number {
  const own = metadata.annotations?.[POD_SCALE_UP_DELAY_ANNOTATION];
  const micros = own === undefined ? undefined : parseDurationMicros(own);
  return micros === undefined ? standard : Math.max(micros, standard);
}

function areNew(pods: readonly PodInfo[], now: number): boolean {
  const oldest = (list: readonly PodInfo[]) => list.reduce((age, { pod }) => Math.max(age, ageMicros(pod, now)), -1);
  if (oldest(pods) < BUFFER_MICROS) return true;
  const withGpus = pods.filter(({ shape }) => (shape.requests.scalar.get("nvidia.com/gpu") ?? 0) > 0);
  return withGpus.length > 0 && oldest(withGpus) < GPU_BUFFER_MICROS;
}
