// What kubectl calls each kind on its command line: plural, singular and short names, and the API group that its messages name.
import { kindOfList } from "../model/kinds.ts";
import type { ClusterObjects } from "../model/objects.ts";

export type ListName = keyof ClusterObjects;

export interface ResourceName {
  readonly list: ListName;
  readonly kind: string;
  readonly plural: string;
  /** "" for the core group. */
  readonly group: string;
  readonly version: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
}

const SHORT: Partial<Record<ListName, string>> = {
  nodes: "no",
  pods: "po",
  namespaces: "ns",
  services: "svc",
  replicationControllers: "rc",
  replicaSets: "rs",
  statefulSets: "sts",
  deployments: "deploy",
  daemonSets: "ds",
  cronJobs: "cj",
  priorityClasses: "pc",
  podDisruptionBudgets: "pdb",
  persistentVolumes: "pv",
  persistentVolumeClaims: "pvc",
  storageClasses: "sc",
  events: "ev",
  endpoints: "ep",
  resourceQuotas: "quota",
  limitRanges: "limits",
  serviceAccounts: "sa",
  horizontalPodAutoscalers: "hpa",
  configMaps: "cm",
};

const VERSIONS: Readonly<Record<string, string>> = { autoscaling: "v2", "metrics.k8s.io": "v1beta1" };

/** `kubectl get all`, in the order in which it prints them. */
export const ALL: readonly ListName[] = [
  "pods",
  "replicationControllers",
  "services",
  "daemonSets",
  "deployments",
  "replicaSets",
  "statefulSets",
  "horizontalPodAutoscalers",
  "cronJobs",
  "jobs",
];

/** What is known of the kind of a list. */
export function resourceName(list: ListName): ResourceName {
  const { kind, groups, namespaced } = kindOfList(list);
  const [group = ""] = groups;
  // PodMetrics are served as pods of metrics.k8s.io
  const plural = list.toLowerCase();
  const short = SHORT[list];
  const shortNames = short === undefined ? [] : [short];
  return { list, kind, plural, group, version: VERSIONS[group] ?? "v1", namespaced, shortNames };
}

/** apiVersion as the kind's objects carry it. */
export function apiVersionOf({ group, version }: ResourceName): string {
  return group === "" ? version : `${group}/${version}`;
}

/** As messages name it: `pods`, `deployments.apps`. */
export function qualifiedPlural({ group, plural }: ResourceName): string {
  return group === "" ? plural : `${plural}.${group}`;
}

/** As names are prefixed: `pod`, `deployment.apps`. */
export function qualifiedSingular({ group, kind }: ResourceName): string {
  return group === "" ? kind.toLowerCase() : `${kind.toLowerCase()}.${group}`;
}

/** Finds resources by whatever kubectl would accept; undefined = no such resource type. */
export class ResourceNames {
  private readonly byWord = new Map<string, ResourceName>();

  constructor(lists: readonly ListName[]) {
    for (const list of lists) {
      const name = resourceName(list);
      const words = [name.plural, name.kind.toLowerCase(), ...name.shortNames];
      for (const word of words) {
        this.byWord.set(word, name);
        if (name.group === "") continue;
        this.byWord.set(`${word}.${name.group}`, name);
        this.byWord.set(`${word}.${name.version}.${name.group}`, name);
      }
    }
  }

  find(word: string): ResourceName | undefined {
    return this.byWord.get(word.toLowerCase());
  }

  get words(): readonly string[] {
    return [...this.byWord.keys()];
  }
}
