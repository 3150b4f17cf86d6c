// StatefulSets and DaemonSets of a cluster that has been running for long: their revisions, the labels by which their pods belong to
// these, and the status, worked out by the controllers' own functions, so that their first look finds nothing to do.
import { HASH_LABEL as DAEMON_HASH_LABEL, DAEMON_SET_HISTORY, targetNodeOf } from "../controllers/daemon-set/pods.ts";
import { hasSurge } from "../controllers/daemon-set/rolling-update.ts";
import { daemonSetStatus } from "../controllers/daemon-set/status.ts";
import { DaemonTable } from "../controllers/daemon-set/table.ts";
import { newRevision } from "../controllers/framework/history.ts";
import { REVISION_LABEL } from "../controllers/stateful-set/identity.ts";
import { STATEFUL_SET_HISTORY } from "../controllers/stateful-set/pod-control.ts";
import { completed, countedStatus } from "../controllers/stateful-set/status.ts";
import type {
  ClusterObjects,
  ControllerRevision,
  DaemonSet,
  KubernetesObject,
  Labels,
  Node,
  Pod,
  StatefulSet,
  Workload,
} from "../model/objects.ts";
import { TemplateDefaults } from "../model/template-defaults.ts";
import { TemplateHashes } from "../model/template-hash.ts";

/** What becomes of one set. */
interface Settled<T> {
  readonly set: T;
  readonly revision: ControllerRevision;
  readonly pods: readonly Pod[];
}

/**
 * @param objects with all pods as they are
 * @param since when everything became as it is
 */
export function settledSets(objects: ClusterObjects, since: string): ClusterObjects {
  const hashes = new TemplateHashes();
  const templates = new TemplateDefaults();
  const nodes = new Map(objects.nodes.map((node) => [node.metadata.name, node]));
  const byOwner = new Map<string, Pod[]>();
  for (const pod of objects.pods) {
    const uid = pod.metadata.ownerReferences?.find((owner) => owner.controller === true)?.uid ?? "";
    const list = byOwner.get(uid);
    if (list === undefined) byOwner.set(uid, [pod]);
    else list.push(pod);
  }
  const changed = new Map<Pod, Pod>();
  const revisions: ControllerRevision[] = [];
  const settle = <T extends Workload & { readonly status?: unknown }>(
    set: T,
    make: (set: T, pods: readonly Pod[]) => Settled<T>,
  ): T => {
    // one from a cluster says itself how it is
    if (set.status !== undefined || set.spec?.template === undefined) return set;
    const before = byOwner.get(set.metadata.uid ?? "") ?? [];
    const complete: T = { ...set, metadata: aged(set, since) };
    const after = make(complete, before);
    for (const [i, pod] of before.entries()) changed.set(pod, after.pods[i] ?? pod);
    revisions.push({ ...after.revision, metadata: aged(after.revision, since) });
    return after.set;
  };
  const templateOf = (set: Workload) => templates.template(set.spec?.template as never);
  const statefulSets = objects.statefulSets.map((set) =>
    settle<StatefulSet>(set, (own, pods) => {
      const template = templateOf(own);
      const revision = newRevision(own, STATEFUL_SET_HISTORY, template, 1, hashes.hashOf(template));
      const labelled = pods.map((pod) => withLabel(pod, REVISION_LABEL, revision.metadata.name, new Map()));
      const counted = countedStatus(own, labelled, { current: revision, update: revision, collisionCount: 0 }, 0);
      return { set: { ...own, status: completed(own, counted) }, revision, pods: labelled };
    }),
  );
  const daemonSets = objects.daemonSets.map((set) =>
    settle<DaemonSet>(set, (own, pods) => {
      const template = templateOf(own);
      const hash = hashes.hashOf(template);
      const revision = newRevision(own, DAEMON_SET_HISTORY, template, 1, hash);
      // the pods of one set go on sharing their labels
      const shared = new Map<Labels, Labels>();
      const labelled = pods.map((pod) => withLabel(pod, DAEMON_HASH_LABEL, hash, shared));
      const { counts } = tableOf(own, labelled, nodes, hash);
      return { set: { ...own, status: daemonSetStatus(own, counts, 0, true) }, revision, pods: labelled };
    }),
  );
  return {
    ...objects,
    statefulSets,
    daemonSets,
    controllerRevisions: [...objects.controllerRevisions, ...revisions],
    pods: objects.pods.map((pod) => changed.get(pod) ?? pod),
  };
}

function tableOf(set: DaemonSet, pods: readonly Pod[], nodes: ReadonlyMap<string, Node>, hash: string): DaemonTable {
  const table = new DaemonTable(nodes);
  for (const pod of pods) table.putPod(targetNodeOf(pod), pod.metadata.name, pod);
  const { minReadySeconds = 0, template } = set.spec ?? {};
  const spec = template?.spec ?? { containers: [] };
  table.refresh({ hash, spec, minReadySeconds, hasSurge: hasSurge(set) }, 0);
  return table;
}

function withLabel(pod: Pod, name: string, value: string, shared: Map<Labels, Labels>): Pod {
  const before = pod.metadata.labels ?? {};
  let labels = shared.get(before);
  if (labels === undefined) {
    labels = { ...before, [name]: value };
    shared.set(before, labels);
  }
  return { ...pod, metadata: { ...pod.metadata, labels } };
}

function aged<T extends KubernetesObject>(object: T, since: string): T["metadata"] {
  const { creationTimestamp, generation } = object.metadata;
  const isCounted = object.kind !== "ControllerRevision";
  return {
    ...object.metadata,
    creationTimestamp: creationTimestamp ?? since,
    ...(isCounted ? { generation: generation ?? 1 } : {}),
  };
}
