// What entries of `faults` and `actions` have in common: when they happen, and what they are called. One set of ids for both, so that
// either can come after the other.
import { type Distribution, meanOf } from "../engine/distributions.ts";
import { formatDuration } from "../engine/tick.ts";
import { comparisonsOf, parseCondition } from "../model/condition.ts";
import { parseState } from "../model/expectation/parse.ts";
import { type FaultLayer, LAYERS } from "../model/fault-layers.ts";
import type { FaultTrigger } from "../model/fault-plan.ts";
import { nearest, type Path, type Problem, shown } from "../model/problem.ts";
import { distributionOf, durationMicros, type RandomDuration } from "./duration-schema.ts";
import type { TriggerEntry } from "./trigger-schema.ts";

export interface TriggerContext {
  /** null: until idle. */
  readonly durationMicros: number | null;
  /** Notes a name that is no member of etcd. */
  readonly checkMember: (name: string, path: Path) => void;
}

/** Anything with a trigger and an id. */
interface Triggered {
  readonly id: string;
  readonly trigger: FaultTrigger;
}

type WhenTrigger = Extract<FaultTrigger, { readonly on: "when" }>;

const ASKS_OBJECTS = /\w\s*\([^)]*[/,]/;
const MAX_FAULTS = 100_000;
const ZERO: Distribution = { kind: "constant", value: 0 };

export class TriggerBuilder {
  readonly problems: Problem[] = [];
  private readonly context: TriggerContext;
  private readonly ids = new Set<string>();
  private readonly streams = new Set<string>();
  private readonly paths = new Map<string, Path>();

  constructor(context: TriggerContext) {
    this.context = context;
  }

  /** `after` names an entry that is there, and nothing waits for itself. */
  checkFollowing(entries: readonly Triggered[]): void {
    const byId = new Map(entries.map((entry) => [entry.id, entry]));
    for (const { id, trigger } of entries) {
      if (trigger.on !== "after") continue;
      const path = [...(this.paths.get(id) ?? []), "after"];
      if (!this.ids.has(trigger.fault)) {
        const near = nearest(trigger.fault, [...this.ids]);
        this.note(
          path,
          near === undefined
            ? `the id of a fault or an action: one of ${[...this.ids].join(", ")}`
            : `the id of a fault or an action; did you mean ${near}?`,
          shown(trigger.fault),
        );
        continue;
      }
      const seen = new Set([id]);
      for (let next = byId.get(trigger.fault); next?.trigger.on === "after"; next = byId.get(next.trigger.fault)) {
        if (seen.has(next.id)) {
          this.note(path, "something that does not wait for this one", shown(trigger.fault));
          break;
        }
        seen.add(next.id);
      }
    }
  }

  // --- names ---

  /** @param name of the kind of fault or action */
  named(
    entry: TriggerEntry,
    name: string,
    trigger: FaultTrigger,
    path: Path,
  ): { readonly id: string; readonly stream: string } {
    if (entry.id !== undefined && this.ids.has(entry.id))
      this.note([...path, "id"], "an id that no other fault or action has", shown(entry.id));
    const id = entry.id ?? unused(name, this.ids);
    this.ids.add(id);
    this.paths.set(id, path);
    const stream = unused(entry.id ?? `${name}@${triggerText(trigger)}`, this.streams);
    this.streams.add(stream);
    return { id, stream };
  }

  // --- triggers ---

  /** @param layer of what it acts on: what `per` may say */
  trigger(entry: TriggerEntry, path: Path, layer: FaultLayer): FaultTrigger | null {
    const fits = this.onlyWith(entry, path);
    if (entry.at !== undefined) return this.at(durationMicros(entry.at), [...path, "at"]);
    if (entry.after !== undefined) {
      const delayMicros = delayOf(entry.delay);
      return { on: "after", fault: entry.after, moment: entry.on ?? "injection", delayMicros };
    }
    if (entry.when !== undefined) return this.when(entry, entry.when, [...path, "when"]);
    const startMicros = durationMicros(entry.start ?? "0s");
    const untilMicros = entry.until === undefined ? null : durationMicros(entry.until);
    if (fits && untilMicros !== null && untilMicros <= startMicros)
      this.note([...path, "until"], "a time after start", shown(entry.until));
    const repetition = { startMicros, untilMicros, count: entry.count ?? null };
    if (this.context.durationMicros === null && untilMicros === null && entry.count === undefined)
      this.note(path, "count or until, as the run ends only when nothing is left to happen", "neither");
    const gap = entry.every !== undefined ? distributionOf(entry.every) : upTimes(entry.mtbf ?? "0s");
    const end = Math.min(untilMicros ?? Infinity, this.context.durationMicros ?? Infinity);
    const most = Math.min(entry.count ?? Infinity, (end - startMicros) / Math.max(meanOf(gap), 1e-9));
    if (most > MAX_FAULTS)
      this.note(
        [...path, entry.every !== undefined ? "every" : "mtbf"],
        `a longer time between faults, or a count: at most ${MAX_FAULTS} of them`,
        shown(entry.every ?? entry.mtbf),
      );
    if (entry.every !== undefined) return { on: "every", gapMicros: gap, ...repetition };
    if (entry.mtbf === undefined) return null;
    const { one } = LAYERS[layer];
    if (entry.per !== undefined && entry.per !== "all" && entry.per !== one)
      this.note([...path, "per"], one === null ? "all" : `${one} or all`, shown(entry.per));
    const per = entry.per === undefined || entry.per === "all" ? "all" : "target";
    return { on: "mtbf", gapMicros: gap, per, ...repetition };
  }

  private at(atMicros: number, path: Path): FaultTrigger {
    const end = this.context.durationMicros;
    if (end !== null && atMicros >= end)
      this.note(path, `a time before the run ends at ${formatDuration(end)}`, shown(formatDuration(atMicros)));
    return { on: "at", atMicros };
  }

  private when(entry: TriggerEntry, text: string, path: Path): FaultTrigger | null {
    const condition = this.condition(text, path);
    if (condition === null) return null;
    const coolDownMicros = durationMicros(entry.coolDown ?? "0s");
    const once = entry.once ?? entry.coolDown === undefined;
    return { on: "when", condition, text, once, delayMicros: delayOf(entry.delay), coolDownMicros };
  }

  private condition(text: string, path: Path): WhenTrigger["condition"] | null {
    const condition = parseCondition(text);
    if (!("expected" in condition)) {
      for (const { fact, member, value } of comparisonsOf(condition)) {
        if (member !== "") this.context.checkMember(member, path);
        if (fact === "etcd.leader" && value !== "none") this.context.checkMember(String(value), path);
      }
      return condition;
    }
    const state = parseState(text);
    if (!("expected" in state)) return { op: "state", state };
    // whoever asks about objects is told what is wrong with that
    if (ASKS_OBJECTS.test(text))
      this.problems.push({ path, expected: state.expected, received: state.found, within: state.at });
    else this.note(path, condition.expected, shown(text));
    return null;
  }

  // fields that belong to another trigger would be ignored, which nobody wants
  private onlyWith(entry: TriggerEntry, path: Path): boolean {
    const before = this.problems.length;
    for (const [field, triggers] of BELONGS) {
      if (!Object.hasOwn(entry, field) || triggers.some((trigger) => Object.hasOwn(entry, trigger))) continue;
      this.problems.push({
        path: [...path, field],
        expected: `no ${field}: it goes with ${triggers.join(" or ")}`,
        received: "",
        atKey: true,
      });
    }
    if (entry.once === true && entry.coolDown !== undefined)
      this.note([...path, "coolDown"], "no coolDown beside once: true", shown(entry.coolDown));
    return this.problems.length === before;
  }

  private note(path: Path, expected: string, received: string): void {
    this.problems.push({ path, expected, received });
  }
}

/** Which triggers a field goes with. */
const BELONGS: readonly (readonly [field: keyof TriggerEntry, triggers: readonly (keyof TriggerEntry)[]])[] = [
  ["start", ["every", "mtbf"]],
  ["until", ["every", "mtbf"]],
  ["count", ["every", "mtbf"]],
  ["per", ["mtbf"]],
  ["on", ["after"]],
  ["delay", ["after", "when"]],
  ["once", ["when"]],
  ["coolDown", ["when"]],
];

function delayOf(delay: RandomDuration | undefined): Distribution {
  return delay === undefined ? ZERO : distributionOf(delay);
}

/** A mean time says nothing of the shape: failures that have no memory are the usual guess. */
function upTimes(mtbf: RandomDuration): Distribution {
  return typeof mtbf === "string" ? { kind: "exponential", mean: durationMicros(mtbf) } : distributionOf(mtbf);
}

function unused(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name;
  let n = 2;
  while (taken.has(`${name}-${n}`)) n++;
  return `${name}-${n}`;
}

function triggerText(trigger: FaultTrigger): string {
  switch (trigger.on) {
    case "at":
      return formatDuration(trigger.atMicros);
    case "after":
      return `after ${trigger.fault}`;
    case "when":
      return trigger.text;
    default:
      return trigger.on;
  }
}
