// From the entries of `faults` to the plan's faults: defaults filled in, names and conditions checked against the cluster.
import { meanOf } from "../engine/distributions.ts";
import { formatDuration } from "../engine/tick.ts";
import { FAULT_DECLARATIONS } from "../faults/registry-names.ts";
import { type FaultLayer, LAYERS, type LayerWords } from "../model/fault-layers.ts";
import type {
  FaultDeclaration,
  FaultPlan,
  ParameterSpec,
  ParameterValue,
  TargetSelection,
} from "../model/fault-plan.ts";
import { type Path, type Problem, shown } from "../model/problem.ts";
import { value as quantityValue } from "../model/quantity.ts";
import { parseObjectName, wordOf } from "../model/resource-names.ts";
import { parseSelector } from "../model/selector-text.ts";
import type { TriggerBuilder } from "./build-triggers.ts";
import { distributionOf, durationMicros, type RandomDuration } from "./duration-schema.ts";
import { type FaultEntry, type KindFields, shareOf } from "./fault-schema.ts";
import type { NameChecks } from "./name-checks.ts";

export interface FaultItem {
  readonly item: Readonly<Record<string, unknown>>;
  readonly path: Path;
}

export interface BuiltFaults {
  readonly faults: readonly FaultPlan[];
  readonly problems: readonly Problem[];
}

/** The plan's faults. Entries with mistakes are noted and left out. */
export function buildFaults(items: readonly FaultItem[], triggers: TriggerBuilder, checks: NameChecks): BuiltFaults {
  const builder = new FaultBuilder(triggers, checks);
  return { faults: items.flatMap((item) => builder.fault(item) ?? []), problems: builder.problems };
}

/** Do any of the faults add members to etcd? Then names of members may be more than those that there are. */
export function addsMembers(items: readonly FaultItem[]): boolean {
  const adding = FAULT_DECLARATIONS.filter((kind) => kind.addsMembers === true);
  return items.some(({ item }) => adding.some(({ name }) => Object.hasOwn(item, name)));
}

class FaultBuilder {
  readonly problems: Problem[] = [];
  private readonly triggers: TriggerBuilder;
  private readonly checks: NameChecks;

  constructor(triggers: TriggerBuilder, checks: NameChecks) {
    this.triggers = triggers;
    this.checks = checks;
  }

  fault({ item, path }: FaultItem): FaultPlan | null {
    const before = this.mistakes;
    const kind = FAULT_DECLARATIONS.find(({ name }) => Object.hasOwn(item, name));
    if (kind === undefined) return null;
    const entry = item as FaultEntry;
    const said = item[kind.name] as Readonly<Record<string, unknown>>;
    const at = [...path, kind.name];
    const trigger = this.triggers.trigger(entry, path, kind.layer);
    const duration = this.duration(said, at);
    const plan: Omit<FaultPlan, "id" | "stream"> = {
      kind: kind.name,
      trigger: trigger ?? { on: "at", atMicros: 0 },
      selection: this.selection(kind, said, at),
      parameters: this.parameters(kind, said, at),
      ...duration,
      limits: { maxActive: entry.maxActive ?? null, keepQuorum: entry.keepQuorum ?? false },
    };
    const named = this.triggers.named(entry, kind.name, plan.trigger, path);
    return this.mistakes > before ? null : { ...named, ...plan };
  }

  private get mistakes(): number {
    return this.problems.length + this.triggers.problems.length + this.checks.problems.length;
  }

  // --- targets and duration ---

  private selection(kind: FaultDeclaration, said: KindFields, path: Path): TargetSelection {
    const words = LAYERS[kind.layer];
    const own = kind.selection;
    if (!kind.isSelectable || words.one === null) return { ...NOBODY_SAID, ...own };
    const { role, count, share } = said;
    const texts = said as Readonly<Record<string, unknown>>;
    const [one, many] = [texts[words.one] as string | undefined, texts[words.many] as readonly string[] | undefined];
    if (one !== undefined && many !== undefined)
      this.note([...path, words.many], `either ${words.one} or ${words.many}`, "both");
    if (count !== undefined && share !== undefined) this.note([...path, "share"], "either count or share", "both");
    const names = many ?? (one === undefined ? [] : [one]);
    names.forEach((name, i) => {
      const at = many === undefined ? [...path, words.one!] : [...path, words.many, i];
      this.checks.name(kind.layer, name, at);
    });
    const where = this.where(words, said, path);
    const how = { count: count ?? null, share: share === undefined ? null : shareOf(share) };
    if (names.length > 0 || Object.keys(where).length > 0)
      return { ...NOBODY_SAID, names: this.keys(kind.layer, names), role: role ?? null, ...where, ...how };
    const isSaid = role !== undefined || count !== undefined || share !== undefined;
    if (!isSaid) return { ...NOBODY_SAID, ...own };
    // one follower, unless a number says otherwise
    const single = count === undefined && share === undefined ? { count: 1, share: null } : how;
    return { ...NOBODY_SAID, ...own, ...(role === undefined ? {} : { role }), ...single };
  }

  /** What restricts by place and labels. */
  private where({ fields, one }: LayerWords, said: KindFields, path: Path): Partial<TargetSelection> {
    const where: { -readonly [K in keyof TargetSelection]?: TargetSelection[K] } = {};
    for (const field of fields) {
      const value = said[field as keyof KindFields] as string | undefined;
      if (value === undefined || field === "role" || field === one) continue;
      this.checks.place(field, value, [...path, field], one === "member");
      if (field !== "selector") where[field] = value;
      else {
        const labels = parseSelector(value);
        if (!("expected" in labels)) where.labels = labels;
      }
    }
    return where;
  }

  // pods and services are called by namespace and name
  private keys(layer: FaultLayer, names: readonly string[]): readonly string[] {
    if (layer === "workloads") return names.map(workloadName);
    if (layer !== "pods" && layer !== "services") return names;
    return names.map((name) => (name.includes("/") ? name : `default/${name}`));
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

const NOBODY_SAID: TargetSelection = { names: [], role: null, zone: null, count: null, share: null };

// kind/namespace/name, whatever the kind was called
function workloadName(text: string): string {
  const name = parseObjectName(text);
  return "expected" in name ? text : `${wordOf(name.list)}/${name.key}`;
}

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
