// Makes faults happen: arms every entry's trigger, picks targets when it fires, injects, and undoes. Draws come from streams named
// by the entry, so that one more entry moves nobody else's. Tells an observer, and the fact board, what it does.
import { type Distribution, sample } from "../engine/distributions.ts";
import type { Engine } from "../engine/engine.ts";
import type { RandomStream } from "../engine/random.ts";
import { TICK_MAX, type Tick } from "../engine/tick.ts";
import type { Expression } from "../model/expectation/syntax.ts";
import type { FaultPlan, Repetition } from "../model/fault-plan.ts";
import type { FactBoard } from "./facts.ts";
import type { EffectName, FaultKind, FaultRun, Prepared } from "./kind.ts";
import { matcher, pickTargets, type Target } from "./targets.ts";
import type { FaultWorld, Undo } from "./world.ts";

/** Why a fault that was due did not happen. */
export type MissReason = "no target" | "limit";

/** Told of everything that happens to faults. Occurrences count from 0 over the whole run. */
export interface FaultObserver {
  injected(occurrence: number, id: string, kind: string, targets: readonly string[]): void;
  /** @param failed why a fault that ends by itself gave up; "" otherwise */
  recovered(occurrence: number, failed: string): void;
  missed(id: string, kind: string, reason: MissReason): void;
  effect(occurrence: number, name: EffectName, value: number): void;
}

/** Conditions over objects. */
export interface StateSource {
  watch(state: Expression, begins: () => void): void;
  holds(state: Expression): boolean;
}

export interface FaultProcessOptions {
  readonly engine: Engine;
  readonly faults: readonly FaultPlan[];
  readonly kinds: ReadonlyMap<string, FaultKind>;
  readonly world: FaultWorld;
  readonly facts: FactBoard;
  readonly states: StateSource;
  readonly observer: FaultObserver;
  /** Told before a fault or action of this kind has any effect. @returns called when it is over */
  readonly disturb?: (kind: FaultKind) => () => void;
}

/** What keeps a condition that holds again and again from filling the run with faults. */
const MAX_INJECTIONS = 100_000;

interface Entry {
  readonly plan: FaultPlan;
  readonly kind: FaultKind;
  readonly pick: RandomStream;
  readonly matches: (target: Target) => boolean;
  prepared: Prepared;
  injections: number;
  lastMicros: number;
  /** The condition held in the cool-down: it is looked at when that is over. */
  looksAgain: boolean;
  readonly after: { readonly entry: Entry; readonly moment: "injection" | "recovery"; readonly delay: Distribution }[];
}

/** An injection that is not undone. */
interface Active {
  readonly occurrence: number;
  readonly entry: Entry;
  readonly willEnd: boolean;
  undo: Undo | undefined;
  /** It is calm again. */
  readonly over: () => void;
  readonly ended: (() => void) | undefined;
}

export class FaultProcess {
  private readonly options: FaultProcessOptions;
  private readonly entries: readonly Entry[];
  private active = 0;
  private activeActions = 0;
  private failedActions = 0;
  /** Of these: those that will end, by their time or by themselves. */
  private ending = 0;
  /** Actions included. */
  private injected = 0;
  private injectedFaults = 0;

  constructor(options: FaultProcessOptions) {
    this.options = options;
    this.entries = options.faults.map((plan) => this.entry(plan));
  }

  /** Pending events that only keep faults ready, and are no reason for a run to go on. */
  get ownTimers(): number {
    return this.entries.filter((entry) => entry.kind.prepare !== undefined).length;
  }

  /** Will any fault that is active now be undone? */
  get endsSomething(): boolean {
    return this.ending > 0;
  }

  /** Arms all triggers. At set-up, after the fact board was told what is known. */
  start(): void {
    const { engine, world } = this.options;
    for (const entry of this.entries) {
      entry.prepared = entry.kind.prepare?.(engine, world, entry.plan.parameters as never);
      this.arm(entry);
    }
    this.tellFacts();
  }

  private entry(plan: FaultPlan): Entry {
    const kind = this.options.kinds.get(plan.kind);
    if (kind === undefined) throw new RangeError(`no such kind of fault: ${plan.kind}`);
    const pick = this.stream(plan, "pick");
    const matches = matcher(plan.selection);
    return {
      plan,
      kind,
      pick,
      matches,
      prepared: undefined,
      injections: 0,
      lastMicros: -1,
      looksAgain: false,
      after: [],
    };
  }

  private arm(entry: Entry): void {
    const { engine, facts } = this.options;
    const { trigger } = entry.plan;
    switch (trigger.on) {
      case "at":
        this.after(trigger.atMicros - engine.now, () => this.fire(entry, null));
        break;
      case "every":
        this.repeat(entry, trigger.gapMicros, trigger, this.stream(entry.plan, "gap"), trigger.startMicros, 0);
        break;
      case "mtbf":
        this.armFailures(entry, trigger.gapMicros, trigger, trigger.per);
        break;
      case "after":
        for (const other of this.entries)
          if (other.plan.id === trigger.fault)
            other.after.push({ entry, moment: trigger.moment, delay: trigger.delayMicros });
        break;
      default:
        if (trigger.condition.op !== "state") facts.watch(trigger.condition, () => this.conditionHolds(entry));
        else this.options.states.watch(trigger.condition.state, () => this.conditionHolds(entry));
    }
  }

  // --- triggers ---

  private repeat(
    entry: Entry,
    gap: Distribution,
    repetition: Repetition,
    stream: RandomStream,
    from: number,
    done: number,
  ): void {
    const at = this.next(from, gap, repetition, stream, done);
    if (at === null) return;
    this.options.engine.at(at, () => {
      this.fire(entry, null);
      if (entry.injections < MAX_INJECTIONS) this.repeat(entry, gap, repetition, stream, at, done + 1);
    });
  }

  /** Failures with up times between them: the next gap begins when the last failure is repaired. */
  private armFailures(entry: Entry, gap: Distribution, repetition: Repetition, per: "target" | "all"): void {
    const arm = (stream: RandomStream, only: string | null) => {
      const plan = (from: number, done: number): void => {
        const at = this.next(from, gap, repetition, stream, done);
        if (at === null) return;
        this.options.engine.at(at, () => {
          const again = () => plan(this.options.engine.now, done + 1);
          if (!this.fire(entry, only, again)) again();
        });
      };
      plan(repetition.startMicros, 0);
    };
    if (per === "all") arm(this.stream(entry.plan, "gap"), null);
    else for (const { name } of this.nameable(entry)) arm(this.stream(entry.plan, `${name}/gap`), name);
  }

  private next(
    from: number,
    gap: Distribution,
    { untilMicros, count }: Repetition,
    stream: RandomStream,
    done: number,
  ): Tick | null {
    if (count !== null && done >= count) return null;
    // at least a microsecond, so that virtual time goes on
    const at = from + Math.max(1, Math.round(sample(gap, stream)));
    return at < (untilMicros ?? TICK_MAX) ? (at as Tick) : null;
  }

  private conditionHolds(entry: Entry): void {
    const { engine, facts } = this.options;
    const { trigger } = entry.plan;
    if (trigger.on !== "when" || (trigger.once && entry.injections > 0)) return;
    const readyAt = entry.lastMicros < 0 ? 0 : entry.lastMicros + Math.max(1, trigger.coolDownMicros);
    if (engine.now < readyAt) {
      if (entry.looksAgain) return;
      entry.looksAgain = true;
      this.after(readyAt - engine.now, () => {
        entry.looksAgain = false;
        const { condition } = trigger;
        const holds = condition.op === "state" ? this.options.states.holds(condition.state) : facts.holds(condition);
        if (holds) this.conditionHolds(entry);
      });
      return;
    }
    entry.lastMicros = engine.now;
    // not from inside of whatever changed the fact
    this.later(trigger.delayMicros, this.stream(entry.plan, "delay"), () => this.fire(entry, null));
  }

  private follow(entry: Entry, moment: "injection" | "recovery"): void {
    for (const next of entry.after) {
      if (next.moment !== moment) continue;
      this.later(next.delay, this.stream(next.entry.plan, "delay"), () => this.fire(next.entry, null));
    }
  }

  private later(delay: Distribution, stream: RandomStream, then: () => void): void {
    this.after(sample(delay, stream), then);
  }

  /** What would be after the end of time does not happen. */
  private after(micros: number, then: () => void): void {
    const { engine } = this.options;
    const at = engine.now + Math.max(0, Math.round(micros));
    if (at < TICK_MAX) engine.at(at as Tick, then);
  }

  // --- injection and recovery ---

  /**
   * @param only the one target that is due, for failures per target
   * @param ended called once when it is undone
   * @returns whether it was injected
   */
  private fire(entry: Entry, only: string | null, ended?: () => void): boolean {
    const { engine, observer } = this.options;
    const { plan, kind } = entry;
    if (entry.injections >= MAX_INJECTIONS) return false;
    const targets = this.targets(entry, only);
    if (targets.length === 0) {
      observer.missed(plan.id, plan.kind, "no target");
      return false;
    }
    if (this.isLimited(plan, targets)) {
      observer.missed(plan.id, plan.kind, "limit");
      return false;
    }
    entry.injections++;
    entry.lastMicros = engine.now;
    const occurrence = this.injected++;
    if (kind.isAction !== true) this.injectedFaults++;
    const forMicros = this.forMicros(entry, only);
    const willEnd = forMicros !== null || kind.course === "instant" || (kind.course === "self" && !kind.hasDuration);
    const over = this.options.disturb?.(kind) ?? ignore;
    const active: Active = { occurrence, entry, willEnd, undo: undefined, over, ended };
    if (kind.isAction !== true) this.active++;
    else this.activeActions++;
    if (willEnd) this.ending++;
    observer.injected(
      occurrence,
      plan.id,
      plan.kind,
      targets.map((target) => target.name),
    );
    if (plan.isPlacebo !== true)
      active.undo = kind.inject(this.run(active, targets, forMicros), plan.parameters as never, entry.prepared);
    this.tellFacts();
    this.follow(entry, "injection");
    if (kind.course === "instant") this.end(active, "");
    else if (kind.course === "lasting" && forMicros !== null) this.after(forMicros, () => this.end(active, ""));
    // what has nothing to do is done
    else if (kind.course === "self" && plan.isPlacebo === true) this.after(forMicros ?? 0, () => this.end(active, ""));
    return true;
  }

  private run(active: Active, targets: readonly Target[], forMicros: number | null): FaultRun {
    const { engine, observer, world } = this.options;
    const { occurrence, entry } = active;
    let over = false;
    const end = (why: string) => {
      if (over) return;
      over = true;
      // not from inside of what the fault is made of
      engine.at(engine.now, () => this.end(active, why));
    };
    return {
      id: entry.plan.stream,
      occurrence,
      engine,
      world,
      targets,
      names: targets.map((target) => target.name),
      forMicros,
      after: (micros, then) => this.after(Math.max(1, micros), then),
      stream: (purpose) => this.stream(entry.plan, purpose),
      effect: (name, value) => observer.effect(occurrence, name, value),
      finish: () => end(""),
      giveUp: end,
    };
  }

  private end(active: Active, failed: string): void {
    // who must know that something ends hears of it before it does
    active.over();
    active.undo?.();
    active.undo = undefined;
    if (active.entry.kind.isAction !== true) this.active--;
    else {
      this.activeActions--;
      if (failed !== "") this.failedActions++;
    }
    if (active.willEnd) this.ending--;
    this.options.observer.recovered(active.occurrence, failed);
    this.tellFacts();
    this.follow(active.entry, "recovery");
    active.ended?.();
  }

  private forMicros({ plan, kind }: Entry, only: string | null): number | null {
    if (plan.recover === "never") return null;
    if (plan.forMicros === null) return kind.defaultForMicros;
    const stream = this.stream(plan, only === null ? "for" : `${only}/for`);
    return Math.max(0, Math.round(sample(plan.forMicros, stream)));
  }

  // --- targets ---

  private targets({ matches, plan, kind, pick }: Entry, only: string | null): readonly Target[] {
    const matching = this.options.world
      .candidates(kind.layer)
      .filter(
        (target) =>
          (only === null || target.name === only) && (!kind.needsRunning || target.role !== "down") && matches(target),
      );
    if (only !== null) return matching;
    return kind.choose?.(matching, plan.parameters as never, pick) ?? pickTargets(matching, plan.selection, pick);
  }

  /** Those that can fail each on its own: by name and zone, as roles and states change. */
  private nameable({ plan, kind }: Entry): readonly Target[] {
    return this.options.world.candidates(kind.layer).filter(matcher({ ...plan.selection, role: null }));
  }

  private isLimited({ limits }: FaultPlan, targets: readonly Target[]): boolean {
    if (limits.maxActive !== null && this.active >= limits.maxActive) return true;
    if (!limits.keepQuorum) return false;
    const voters = this.options.world.candidates("etcd").filter((target) => target.role !== "learner");
    const hit = new Set(targets.map((target) => target.name));
    const left = voters.filter((target) => target.role !== "down" && !hit.has(target.name)).length;
    return left < Math.floor(voters.length / 2) + 1;
  }

  private tellFacts(): void {
    this.options.facts.set("faults.active", this.active);
    this.options.facts.set("faults.injected", this.injectedFaults);
    this.options.facts.set("actions.active", this.activeActions);
    this.options.facts.set("actions.failed", this.failedActions);
  }

  private stream(plan: FaultPlan, purpose: string): RandomStream {
    return this.options.engine.stream(`fault/${plan.stream}/${purpose}`);
  }
}

const ignore = (): void => undefined;
