// What a Deployment writes on its ReplicaSets: its own annotations, the revision and those it had before, and for which size of the
// Deployment the set was scaled. Source: behaviour of kube-controller-manager's deploymentutil.
import type { Deployment, Labels, ReplicaSet } from "../../model/objects.ts";

export const REVISION = "deployment.kubernetes.io/revision";
export const REVISION_HISTORY = "deployment.kubernetes.io/revision-history";
export const DESIRED_REPLICAS = "deployment.kubernetes.io/desired-replicas";
export const MAX_REPLICAS = "deployment.kubernetes.io/max-replicas";

/** Annotations of the Deployment that its sets do not get. */
const OWN: ReadonlySet<string> = new Set([
  "kubectl.kubernetes.io/last-applied-configuration",
  REVISION,
  REVISION_HISTORY,
  DESIRED_REPLICAS,
  MAX_REPLICAS,
  "deprecated.deployment.rollback.to",
]);
const MAX_HISTORY_CHARACTERS = 2000;

interface Annotated {
  readonly metadata: { readonly annotations?: Labels };
}

/** The annotation as a number; undefined when there is none. */
export function numberIn(object: Annotated, name: string): number | undefined {
  const text = object.metadata.annotations?.[name];
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined;
}

export function revisionOf(object: Annotated): number {
  return numberIn(object, REVISION) ?? 0;
}

export function maxRevision(sets: readonly ReplicaSet[]): number {
  return sets.reduce((max, set) => Math.max(max, revisionOf(set)), 0);
}

/**
 * The annotations of the new set.
 *
 * @param before its own so far; null = it is about to be created
 * @returns `before` when nothing changes
 */
export function newSetAnnotations(
  deployment: Deployment,
  before: Labels | null,
  revision: number,
  replicas: { readonly desired: number; readonly max: number },
): Labels {
  const after: Record<string, string> = { ...before };
  for (const [name, value] of Object.entries(deployment.metadata.annotations ?? {})) {
    if (!OWN.has(name)) after[name] = value;
  }
  const old = after[REVISION];
  if ((old === undefined ? 0 : Number(old)) < revision) {
    after[REVISION] = String(revision);
    // it is rolled back to: it was this before
    if (old !== undefined) after[REVISION_HISTORY] = withHistory(after[REVISION_HISTORY], old);
  }
  if (before === null) Object.assign(after, replicaAnnotations(replicas.desired, replicas.max));
  else if (isSame(before, after)) return before;
  return after;
}

export function replicaAnnotations(desired: number, max: number): Labels {
  return { [DESIRED_REPLICAS]: String(desired), [MAX_REPLICAS]: String(max) };
}

// the oldest ones go when there is no room
function withHistory(history: string | undefined, revision: string): string {
  const revisions = history === undefined || history === "" ? [] : history.split(",");
  revisions.push(revision);
  while (revisions.length > 1 && revisions.join(",").length > MAX_HISTORY_CHARACTERS) revisions.shift();
  return revisions.join(",");
}

function isSame(a: Labels, b: Labels): boolean {
  const names = Object.keys(b);
  return names.length === Object.keys(a).length && names.every((name) => a[name] === b[name]);
}
