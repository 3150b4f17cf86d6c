// What people call kinds of objects: `deployment`, `deployments`, `deploy`, whatever the case. And `deployment/shop/web`, the way to
// name one object in scenario files: kind, namespace (default: default) and name. Source: kubectl api-resources, v1.36.
import { KNOWN_KINDS, type KnownKind } from "./kinds.ts";
import type { ClusterObjects } from "./objects.ts";
import { nearest } from "./problem.ts";

const SHORT_NAMES: Partial<Readonly<Record<keyof ClusterObjects, readonly string[]>>> = {
  nodes: ["no"],
  pods: ["po"],
  namespaces: ["ns"],
  services: ["svc"],
  replicationControllers: ["rc"],
  replicaSets: ["rs"],
  statefulSets: ["sts"],
  deployments: ["deploy"],
  daemonSets: ["ds"],
  cronJobs: ["cj"],
  priorityClasses: ["pc"],
  podDisruptionBudgets: ["pdb"],
  persistentVolumes: ["pv"],
  persistentVolumeClaims: ["pvc"],
  storageClasses: ["sc"],
  events: ["ev"],
  endpoints: ["ep"],
  resourceQuotas: ["quota"],
  limitRanges: ["limits"],
  serviceAccounts: ["sa"],
  horizontalPodAutoscalers: ["hpa"],
  configMaps: ["cm"],
};

const BY_NAME: ReadonlyMap<string, KnownKind> = new Map(
  KNOWN_KINDS.flatMap((known) =>
    [known.kind, known.list, ...(SHORT_NAMES[known.list] ?? [])].map((name) => [name.toLowerCase(), known] as const),
  ),
);

/** The kind that a word means: singular, plural or short, in any case. */
export function kindNamed(word: string): KnownKind | undefined {
  return BY_NAME.get(word.toLowerCase());
}

/** The known kind whose name is nearest to a word, as people write it. */
export function nearestKind(word: string): string | undefined {
  return nearest(word, [...BY_NAME.keys()]);
}

/** One object, as a scenario names it. */
export interface ObjectName {
  readonly list: keyof ClusterObjects;
  /** `namespace/name`, or `name` of what is in no namespace. */
  readonly key: string;
}

/** Reads `kind/name` or `kind/namespace/name`, or says what was expected instead. */
export function parseObjectName(text: string): ObjectName | { readonly expected: string } {
  const parts = text.split("/");
  const [word = "", ...rest] = parts;
  const known = kindNamed(word);
  if (known === undefined) {
    const near = nearestKind(word);
    return {
      expected:
        near === undefined ? "a kind and a name, such as deployment/web or node/a-1" : `a kind; did you mean ${near}?`,
    };
  }
  if (rest.some((part) => part === "")) return { expected: `a name after ${word}/` };
  if (!known.namespaced)
    return rest.length === 1
      ? { list: known.list, key: rest[0]! }
      : { expected: `${word}/NAME: it is in no namespace, and has one name` };
  if (rest.length === 1) return { list: known.list, key: `default/${rest[0]}` };
  if (rest.length === 2) return { list: known.list, key: `${rest[0]}/${rest[1]}` };
  return { expected: `${word}/NAME or ${word}/NAMESPACE/NAME` };
}

/** The singular in lower case: `deployment` of `deployments`. */
export function wordOf(list: keyof ClusterObjects): string {
  return KNOWN_KINDS.find((known) => known.list === list)?.kind.toLowerCase() ?? list;
}
