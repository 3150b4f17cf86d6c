// Faults as data: what a scenario asks for once it is read, and how a kind of fault declares what can be asked of it.
// Times in microseconds, sizes in bytes, shares as ratios. Survives structuredClone.
import type { Distribution } from "../engine/distributions.ts";
import type { Condition } from "./condition.ts";
import type { Expression } from "./expectation/syntax.ts";
import type { FaultLayer } from "./fault-layers.ts";
import type { LabelSelector } from "./objects.ts";

/** One entry of a scenario's `faults`. */
export interface FaultPlan {
  /** Unique in the scenario; what `after` and the reports call it. */
  readonly id: string;
  /** Names its random streams: the id when one was given, otherwise kind and trigger, so that other entries do not move it. */
  readonly stream: string;
  readonly kind: string;
  readonly trigger: FaultTrigger;
  readonly selection: TargetSelection;
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  /** From injection to recovery; null = as long as its kind says. */
  readonly forMicros: Distribution | null;
  /** never: it stays until the run ends. */
  readonly recover: "auto" | "never";
  /** It happens in name only: it is recorded, scopes and other faults go by it, and nothing is done. */
  readonly isPlacebo?: boolean;
  /** It is passed over while so many faults are active, or when it would leave etcd fewer running voters than a quorum. */
  readonly limits: FaultLimits;
}

/** What makes a fault happen. */
export type FaultTrigger =
  | { readonly on: "at"; readonly atMicros: number }
  | ({ readonly on: "every"; readonly gapMicros: Distribution } & Repetition)
  /** Gaps between failures of each candidate target on its own, or of any of them. */
  | ({ readonly on: "mtbf"; readonly gapMicros: Distribution; readonly per: "target" | "all" } & Repetition)
  | {
      readonly on: "after";
      readonly fault: string;
      readonly moment: "injection" | "recovery";
      readonly delayMicros: Distribution;
    }
  | {
      readonly on: "when";
      /** Over facts alone, or over objects too. */
      readonly condition: Condition | { readonly op: "state"; readonly state: Expression };
      readonly text: string;
      readonly once: boolean;
      readonly delayMicros: Distribution;
      /** After an injection the condition is not looked at for so long. */
      readonly coolDownMicros: number;
    };

export interface Repetition {
  readonly startMicros: number;
  /** No injection at or after this; null = until the run ends. */
  readonly untilMicros: number | null;
  /** At most so many injections (of each target where gaps are per target); null = no limit. */
  readonly count: number | null;
}

/** Which of the candidates are hit. What is null or empty does not restrict. */
export interface TargetSelection {
  readonly names: readonly string[];
  readonly role: "leader" | "follower" | "learner" | "any" | null;
  readonly zone: string | null;
  /** So many of those that match, drawn at random. */
  readonly count: number | null;
  /** The same as a share of those that match, at least one. */
  readonly share: number | null;
  /** Nodes: the node pool. */
  readonly pool?: string;
  /** Nodes: the rack, by its label (model/topology.ts). */
  readonly rack?: string;
  /** Pods: where they run. */
  readonly node?: string;
  readonly namespace?: string;
  /** Nodes and pods: their labels. */
  readonly labels?: LabelSelector;
}

export interface FaultLimits {
  readonly maxActive: number | null;
  readonly keepQuorum: boolean;
}

/** Value of a parameter in a plan: text, number, list of names, or a distribution of durations. */
export type ParameterValue = string | number | boolean | readonly string[] | Distribution;

/** How a parameter is written and what it becomes in the plan. */
export type ParameterSpec = {
  readonly doc: string;
  /** What a search tries, as it is written; by default what follows from type, default and limits. Empty: nothing but the default. */
  readonly search?: readonly (string | number | boolean | readonly string[])[];
} & (
  | { readonly type: "duration"; readonly default?: number; readonly max?: number }
  /** `max` is that of the mean. */
  | { readonly type: "randomDuration"; readonly default?: Distribution; readonly max?: number }
  /** 0 … `max`, written as 30% or 0.3. */
  | { readonly type: "share"; readonly max?: number; readonly default?: number }
  | { readonly type: "count"; readonly min: number; readonly max: number; readonly default?: number }
  /** A number above 0, such as a factor. */
  | { readonly type: "number"; readonly min: number; readonly max: number; readonly default?: number }
  | { readonly type: "bytes"; readonly default?: number }
  | { readonly type: "choice"; readonly words: readonly string[]; readonly default?: string }
  | { readonly type: "flag"; readonly default?: boolean }
  /** One name or a list of them. */
  | { readonly type: "names"; readonly default?: readonly string[] }
);

/** What a kind of fault can be asked for: what the schema, the documentation and the loader are made from. */
export interface FaultDeclaration {
  /** As it is written in a scenario. */
  readonly name: string;
  readonly doc: string;
  /** An entry of `faults`, in YAML. */
  readonly example: string;
  /** What it acts on. */
  readonly layer: FaultLayer;
  readonly parameters: Readonly<Record<string, ParameterSpec>>;
  /** What is hit when the entry selects nothing; what it says replaces this field by field. */
  readonly selection: Partial<TargetSelection>;
  /** Can an entry select by member, role, zone, count or share? Otherwise `selection`, or the kind's own rule, is all there is. */
  readonly isSelectable: boolean;
  /**
   * lasting: it has a duration (`for`) and is undone after it. instant: it is over at once. self: it ends by itself, and may have a
   * duration that it reckons with.
   */
  readonly course: "lasting" | "instant" | "self";
  /** Kinds that do less than this one, which a search tries in its place to make a finding simpler. */
  readonly simpler?: readonly string[];
  /** Can an entry say how long it lasts? */
  readonly hasDuration: boolean;
  /** How long it lasts when the entry does not say; null = until the run ends. */
  readonly defaultForMicros: number | null;
  /** It adds members to etcd, which later faults may name. */
  readonly addsMembers?: boolean;
}
