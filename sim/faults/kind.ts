// What a kind of fault is: a declaration (name, parameters, whom it hits, how long) and a function that injects it and returns how
// it is undone. A new kind is one file under kinds/, one line in registry.ts, a test and a scenario.
import type { Distribution } from "../engine/distributions.ts";
import type { Engine } from "../engine/engine.ts";
import type { RandomStream } from "../engine/random.ts";
import type { FaultDeclaration, ParameterSpec, ParameterValue } from "../model/fault-plan.ts";
import type { Target } from "./targets.ts";
import type { FaultWorld, Undo } from "./world.ts";

/** One injection, as a kind sees it. */
export interface FaultRun {
  /** Of the entry: names random streams. */
  readonly id: string;
  /** Number of the injection, over the whole run. */
  readonly occurrence: number;
  readonly engine: Engine;
  readonly world: FaultWorld;
  /** Whom it hits; never empty. */
  readonly targets: readonly Target[];
  /** The names of the targets. */
  readonly names: readonly string[];
  /** How long it will last; null = until the run ends. Only for kinds that have a duration. */
  readonly forMicros: number | null;
  /** Calls back so long from now, at least a microsecond; never, if that is after the end of time. */
  after(micros: number, then: () => void): void;
  /** A random stream of this fault's own. */
  stream(purpose: string): RandomStream;
  /** Reports what it did, under a name of EFFECTS. */
  effect(name: EffectName, value: number): void;
  /** For kinds whose course is self: it has come to its end. */
  finish(): void;
  /** For kinds whose course is self: it had to give up. Also its end. */
  giveUp(why: string): void;
}

/** What a kind can report itself; everything else is observed. */
export type EffectName = "lostWrites" | "restoredRevision";

export type ParameterSpecs = Readonly<Record<string, ParameterSpec>>;

type ValueOf<S extends ParameterSpec> = S extends { readonly type: "randomDuration" }
  ? Distribution
  : S extends { readonly type: "choice"; readonly words: readonly (infer W)[] }
    ? W
    : S extends { readonly type: "names" }
      ? readonly string[]
      : S extends { readonly type: "flag" }
        ? boolean
        : number;

/** Values of parameters by their declaration: what has no default may be missing. */
export type ParameterValues<P extends ParameterSpecs> = {
  readonly [K in keyof P]: P[K] extends { readonly default: ParameterValue }
    ? ValueOf<P[K]>
    : ValueOf<P[K]> | undefined;
};

/** What a kind keeps from the beginning of the run until it strikes: only the kind knows what. */
export type Prepared = unknown;

export interface FaultKind<P extends ParameterSpecs = ParameterSpecs> extends FaultDeclaration {
  readonly parameters: P;
  /** Only targets that are up can be hit; the others are no candidates. */
  readonly needsRunning: boolean;
  /** It stops some and leaves the others as they are: while it lasts, nothing more happens than at its beginning and its end. */
  readonly isSteady?: boolean;
  /** It is no fault but something that a person does on purpose: it does not count among faults. */
  readonly isAction?: boolean;
  /** The kind's own rule, in place of picking by count and share: which of the candidates that match by name, role and zone. */
  choose?(
    matching: readonly Target[],
    parameters: ParameterValues<P>,
    stream: RandomStream,
  ): readonly Target[] | undefined;
  /** Once per entry when the run begins, for what has to go on before anything happens, such as taking backups. */
  prepare?(engine: Engine, world: FaultWorld, parameters: ParameterValues<P>): Prepared;
  /** @param prepared what {@link prepare} has returned */
  inject(run: FaultRun, parameters: ParameterValues<P>, prepared: Prepared): Undo | undefined;
}

/** For type inference: parameters get the types of their declaration. */
export function faultKind<const P extends ParameterSpecs>(kind: FaultKind<P>): FaultKind<P> {
  return kind;
}

/** What most kinds that act on members take by default: one, whoever it is. */
export const ANY_ONE = { role: "any", count: 1 } as const;
