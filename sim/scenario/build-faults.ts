// From the entries of `faults` to the plan's faults: defaults filled in, names and conditions checked against the cluster.
import { type Distribution, meanOf } from "../engine/distributions.ts";
import { formatDuration } from "../engine/tick.ts";
import { FAULT_DECLARATIONS } from "../faults/registry-names.ts";
import { comparisonsOf, parseCondition } from "../model/condition.ts";
import type {
  FaultDeclaration,
  FaultPlan,
  FaultTrigger,
  ParameterSpec,
  ParameterValue,
  TargetSelection,
} from "../model/fault-plan.ts";
import { nearest, type Path, type Problem, shown } from "../model/problem.ts";
import { value as quantityValue } from "../model/quantity.ts";
import { distributionOf, durationMicros, type RandomDuration } from "./duration-schema.ts";
import { type FaultEntry, type KindFields, shareOf } from "./fault-schema.ts";

/** What faults are checked against. */
export interface FaultContext {
  /** null: until idle. */
  readonly durationMicros: number | null;
  /** Members of the etcd cluster by name, with their zones; null when they are not known, because of other mistakes. */
  readonly members: ReadonlyMap<string, string> | null;
  /** Are the zones of the members known? */
  readonly areZonesKnown: boolean;
}

export interface FaultItem {
  readonly item: Readonly<Record<string, unknown>>;
  readonly path: Path;
}

export interface BuiltFaults {
  readonly faults: readonly FaultPlan[];
  readonly problems: readonly Problem[];
}

const MAX_FAULTS = 100_000;
const ZERO: Distribution = { kind: "constant", value: 0 };

/** The plan's faults. Entries with mistakes are noted and left out. */
export function buildFaults(items: readonly FaultItem[], context: FaultContext): BuiltFaults {
  const adding = FAULT_DECLARATIONS.filter((kind) => kind.addsMembers === true);
  const addsMembers = items.some(({ item }) => adding.some(({ name }) => Object.hasOwn(item, name)));
  const builder = new FaultBuilder(context, addsMembers);
  const faults = items.flatMap((item) => builder.fault(item) ?? []);
  builder.checkFollowing(faults);
  return { faults, problems: builder.problems };
}

class FaultBuilder {
  readonly problems: Problem[] = [];
  private readonly context: FaultContext;
  private readonly ids = new Set<string>();
  private readonly streams = new Set<string>();
  private readonly paths = new Map<string, Path>();

  private readonly addsMembers: boolean;

  constructor(context: FaultContext, addsMembers: boolean) {
    this.context = context;
    this.addsMembers = addsMembers;
  }

  fault({ item, path }: FaultItem): FaultPlan | null {
    const before = this.problems.length;
    const kind = FAULT_DECLARATIONS.find(({ name }) => Object.hasOwn(item, name));
    if (kind === undefined) return null;
    const entry = item as FaultEntry;
    const said = item[kind.name] as Readonly<Record<string, unknown>>;
    const at = [...path, kind.name];
    const trigger = this.trigger(entry, path);
    const duration = this.duration(said, at);
    const plan: Omit<FaultPlan, "id" | "stream"> = {
      kind: kind.name,
      trigger: trigger ?? { on: "at", atMicros: 0 },
      selection: this.selection(kind, said, at),
      parameters: this.parameters(kind, said, at),
      ...duration,
      limits: { maxActive: entry.maxActive ?? null, keepQuorum: entry.keepQuorum ?? false },
    };
    const named = this.named(entry, kind, plan.trigger, path);
    return this.problems.length > before ? null : { ...named, ...plan };
  }

  /** `after` names an entry that is there, and nothing waits for itself. */
  checkFollowing(faults: readonly FaultPlan[]): void {
    const byId = new Map(faults.map((fault) => [fault.id, fault]));
    for (const { id, trigger } of faults) {
      if (trigger.on !== "after") continue;
      const path = [...(this.paths.get(id) ?? []), "after"];
      if (!this.ids.has(trigger.fault)) {
        const near = nearest(trigger.fault, [...this.ids]);
        this.note(
          path,
          near === undefined
            ? `the id of a fault: one of ${[...this.ids].join(", ")}`
            : `the id of a fault; did you mean ${near}?`,
          shown(trigger.fault),
        );
        continue;
      }
      const seen = new Set([id]);
      for (let next = byId.get(trigger.fault); next?.trigger.on === "after"; next = byId.get(next.trigger.fault)) {
        if (seen.has(next.id)) {
          this.note(path, "a fault that does not wait for this one", shown(trigger.fault));
          break;
        }
        seen.add(next.id);
      }
    }
  }

  // --- names ---

  private named(
    entry: FaultEntry,
    kind: FaultDeclaration,
    trigger: FaultTrigger,
    path: Path,
  ): Pick<FaultPlan, "id" | "stream"> {
    if (entry.id !== undefined && this.ids.has(entry.id))
      this.note([...path, "id"], "an id that no other fault has", shown(entry.id));
    const id = entry.id ?? unused(kind.name, this.ids);
    this.ids.add(id);
    this.paths.set(id, path);
    const stream = unused(entry.id ?? `${kind.name}@${triggerText(trigger)}`, this.streams);
    this.streams.add(stream);
    return { id, stream };
  }

  // --- triggers ---

  private trigger(entry: FaultEntry, path: Path): FaultTrigger | null {
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
    const per = entry.per === "member" ? "target" : "all";
    return { on: "mtbf", gapMicros: gap, per, ...repetition };
  }

  private at(atMicros: number, path: Path): FaultTrigger {
    const end = this.context.durationMicros;
    if (end !== null && atMicros >= end)
      this.note(path, `a time before the run ends at ${formatDuration(end)}`, shown(formatDuration(atMicros)));
    return { on: "at", atMicros };
  }

  private when(entry: FaultEntry, text: string, path: Path): FaultTrigger | null {
    const condition = parseCondition(text);
    if ("expected" in condition) {
      this.note(path, condition.expected, shown(text));
      return null;
    }
    for (const { fact, member, value } of comparisonsOf(condition)) {
      if (member !== "") this.checkMember(member, path);
      if (fact === "etcd.leader" && value !== "none") this.checkMember(String(value), path);
    }
    const coolDownMicros = durationMicros(entry.coolDown ?? "0s");
    const once = entry.once ?? entry.coolDown === undefined;
    return { on: "when", condition, text, once, delayMicros: delayOf(entry.delay), coolDownMicros };
  }

  // fields that belong to another trigger would be ignored, which nobody wants
  private onlyWith(entry: FaultEntry, path: Path): boolean {
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

  // --- targets and duration ---

  private selection(kind: FaultDeclaration, said: KindFields, path: Path): TargetSelection {
    const { member, members, role, zone, count, share } = said;
    const own = kind.selection;
    if (!kind.isSelectable) return { ...NOBODY_SAID, ...own };
    if (member !== undefined && members !== undefined)
      this.note([...path, "members"], "either member or members", "both");
    if (count !== undefined && share !== undefined) this.note([...path, "share"], "either count or share", "both");
    const names = members ?? (member === undefined ? [] : [member]);
    names.forEach((name, i) => {
      this.checkMember(name, members === undefined ? [...path, "member"] : [...path, "members", i]);
    });
    if (zone !== undefined) this.checkZone(zone, [...path, "zone"]);
    const how = { count: count ?? null, share: share === undefined ? null : shareOf(share) };
    if (names.length > 0 || zone !== undefined) return { names, role: role ?? null, zone: zone ?? null, ...how };
    const isSaid = role !== undefined || count !== undefined || share !== undefined;
    if (!isSaid) return { ...NOBODY_SAID, ...own };
    // one follower, unless a number says otherwise
    const one = count === undefined && share === undefined ? { count: 1, share: null } : how;
    return { ...NOBODY_SAID, ...own, ...(role === undefined ? {} : { role }), ...one };
  }

  private checkMember(name: string, path: Path): void {
    const { members } = this.context;
    if (members === null || members.has(name)) return;
    const names = [...members.keys()];
    // names of members that a fault adds go on counting
    if (this.addsMembers && /^etcd-\d{1,6}$/.test(name)) return;
    const near = nearest(name, names);
    const hint = near === undefined ? "" : ` (did you mean ${near}?)`;
    this.note(path, `a member of etcd: one of ${names.join(", ")}${hint}`, shown(name));
  }

  private checkZone(zone: string, path: Path): void {
    const { members, areZonesKnown } = this.context;
    if (members === null || !areZonesKnown) return;
    const zones = [...new Set(members.values())].filter((name) => name !== "");
    if (zones.includes(zone)) return;
    if (zones.length === 0) return this.note(path, "no zone: the members of etcd are in none", shown(zone));
    const near = nearest(zone, zones);
    const hint = near === undefined ? "" : ` (did you mean ${near}?)`;
    this.note(path, `a zone with etcd members: one of ${zones.join(", ")}${hint}`, shown(zone));
  }

  private parameters(kind: FaultDeclaration, said: Readonly<Record<string, unknown>>, path: Path) {
    const values: Record<string, ParameterValue> = {};
    for (const [name, spec] of Object.entries(kind.parameters)) {
      const value = said[name] === undefined ? spec.default : parameterOf(spec, said[name]);
      if (value === undefined) continue;
      values[name] = value;
      if ((spec.type !== "duration" && spec.type !== "randomDuration") || spec.max === undefined) continue;
      const limit = formatDuration(spec.max);
      if (typeof value === "number" && value > spec.max)
        this.note([...path, name], `at most ${limit}`, shown(said[name]));
      if (typeof value === "object" && "kind" in value && !(meanOf(value) <= spec.max))
        this.note([...path, name], `a mean of at most ${limit}`, shown(said[name]));
    }
    return values;
  }

  private duration(said: KindFields, path: Path): Pick<FaultPlan, "forMicros" | "recover"> {
    const { recover } = said;
    if (said.for !== undefined && recover !== undefined && recover !== "auto")
      this.note([...path, "recover"], "no recover beside for", shown(recover));
    if (recover === "never") return { forMicros: null, recover };
    const length = said.for ?? (recover === "auto" ? undefined : recover);
    return { forMicros: length === undefined ? null : distributionOf(length), recover: "auto" };
  }

  private note(path: Path, expected: string, received: string): void {
    this.problems.push({ path, expected, received });
  }
}

/** Which triggers a field goes with. */
const BELONGS: readonly (readonly [field: keyof FaultEntry, triggers: readonly (keyof FaultEntry)[]])[] = [
  ["start", ["every", "mtbf"]],
  ["until", ["every", "mtbf"]],
  ["count", ["every", "mtbf"]],
  ["per", ["mtbf"]],
  ["on", ["after"]],
  ["delay", ["after", "when"]],
  ["once", ["when"]],
  ["coolDown", ["when"]],
];

const NOBODY_SAID: TargetSelection = { names: [], role: null, zone: null, count: null, share: null };

function parameterOf(spec: ParameterSpec, value: unknown): ParameterValue {
  switch (spec.type) {
    case "duration":
      return durationMicros(value as string);
    case "randomDuration":
      return distributionOf(value as RandomDuration);
    case "share":
      return shareOf(value as number | string);
    case "bytes":
      return quantityValue(value as number | string);
    case "names":
      return typeof value === "string" ? [value] : (value as readonly string[]);
    default:
      return value as ParameterValue;
  }
}

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
