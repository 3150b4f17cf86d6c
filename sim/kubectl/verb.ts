// What an action is: a declaration (name, parameters) and the steps that a person's kubectl takes. A new one is one file under verbs/, one
// line in registry.ts and a test.
import type { Steps } from "../engine/steps.ts";
import type { ActionDeclaration, ActionParameterSpec, ManifestObject } from "../model/action-plan.ts";
import type { ClusterObjects, LabelSelector } from "../model/objects.ts";
import type { ObjectName } from "../model/resource-names.ts";
import type { Command } from "./command.ts";

interface Values {
  readonly objects: readonly ObjectName[];
  readonly nodes: readonly string[];
  readonly pods: readonly string[];
  readonly texts: readonly string[];
  readonly kind: keyof ClusterObjects;
  readonly manifestFiles: readonly ManifestObject[];
  readonly manifests: readonly ManifestObject[];
  readonly selector: LabelSelector;
  readonly text: string;
  readonly choice: string;
  readonly flag: boolean;
  readonly count: number;
  readonly duration: number;
  readonly textMap: Readonly<Record<string, string | null>>;
  readonly mapping: Readonly<Record<string, unknown>>;
}

export type ActionParameters = Readonly<Record<string, ActionParameterSpec>>;

/** Values of parameters by their declaration: what is neither required nor has a default may be missing. */
export type ActionValues<P extends ActionParameters> = {
  readonly [K in keyof P]: P[K] extends { readonly required: true } | { readonly default: unknown }
    ? Values[P[K]["type"]]
    : Values[P[K]["type"]] | undefined;
};

export interface Verb<P extends ActionParameters = ActionParameters> extends ActionDeclaration {
  readonly parameters: P;
  /** What goes wrong is told to the command, which knows in the end whether it has failed. */
  run(command: Command, parameters: ActionValues<P>): Steps;
}

/** For type inference: parameters get the types of their declaration. */
export function verb<const P extends ActionParameters>(declared: Verb<P>): Verb<P> {
  return declared;
}
