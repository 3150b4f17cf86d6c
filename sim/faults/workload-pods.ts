// Pods of workloads, as faults mean them: by the selector of a Deployment, StatefulSet or DaemonSet, those that are there and those that come.
import type { LabelSelector, Pod } from "../model/objects.ts";
import { parseObjectName } from "../model/resource-names.ts";
import { compileLabelSelector } from "../model/selectors.ts";
import type { FaultRun } from "./kind.ts";
import type { FaultWorld } from "./world.ts";

export type PodTest = (pod: Pod) => boolean;

/** Kind and key of a workload target such as `deployment/shop/web`. */
export function workloadOf(name: string): readonly ["deployments", string] {
  const parsed = parseObjectName(name);
  if ("expected" in parsed) throw new RangeError(`no name of a workload: ${name}`);
  // the kinds have the same shape where it matters here
  return [parsed.list as "deployments", parsed.key];
}

export function podsOf({ objects }: FaultWorld, names: readonly string[]): PodTest {
  const tests = names.map((name): PodTest => {
    const [list, key] = workloadOf(name);
    const workload = objects.get(list, key);
    const selector = (workload as { readonly spec?: { readonly selector?: LabelSelector | null } } | undefined)?.spec
      ?.selector;
    const matcher = compileLabelSelector(selector);
    const namespace = key.slice(0, key.indexOf("/"));
    return ({ metadata }) => (metadata.namespace ?? "default") === namespace && matcher.matches(metadata.labels ?? {});
  });
  return (pod) => tests.some((test) => test(pod));
}

/** Of the pods that match, a share that is drawn for each pod by its uid: the same pod is always in or always out. */
export function someOf(run: FaultRun, matches: PodTest, share: number): PodTest {
  if (share >= 1) return matches;
  const drawn = new Map<string, boolean>();
  return (pod) => {
    if (!matches(pod)) return false;
    const uid = pod.metadata.uid ?? pod.metadata.name;
    let isIn = drawn.get(uid);
    if (isIn === undefined) {
      isIn = run.stream(`affected/${uid}`).next() < share;
      drawn.set(uid, isIn);
    }
    return isIn;
  };
}
