// From strikes to faults and actions of a scenario. What a tool does and a fault does not do quite alike is remarked here, once for all tools.
import { formatDuration, SECOND } from "../../engine/tick.ts";
import type { Draft } from "../draft.ts";
import { lengthOf, type NodeTarget, type PodTarget, type Strike, triggerOf, uniqueId } from "./strike.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Adds a fault. @returns its id */
export function addFault(draft: Draft, strike: Strike, kind: string, fields: Fields): string {
  const id = uniqueId(draft, strike.name);
  draft.causes.set(id, strike);
  draft.faults.push({ id, ...triggerOf(strike.timing), [kind]: fields });
  cover(draft, strike);
  return id;
}

/** Adds an action. @returns its id */
export function addAction(draft: Draft, strike: Strike, verb: string, fields: Fields): string {
  const id = uniqueId(draft, strike.name);
  draft.causes.set(id, strike);
  draft.actions.push({ id, ...triggerOf(strike.timing), [verb]: fields });
  cover(draft, strike);
  return id;
}

/** An action that follows when the strike is over. */
export function addAfterwards(draft: Draft, strike: Strike, verb: string, fields: Fields): void {
  if (strike.forMicros === null) return;
  const atMicros = strike.timing.atMicros + strike.forMicros;
  addAction(draft, { ...strike, name: `${strike.name}-undone`, timing: { atMicros }, forMicros: 0 }, verb, fields);
}

function cover(draft: Draft, { timing, forMicros }: Strike): void {
  draft.lasts((timing.untilMicros ?? timing.atMicros) + (forMicros ?? 0) + 3 * 60 * SECOND);
}

export function leftOut(draft: Draft, { object, place, what }: Strike, reason: string): void {
  draft.remarks.leftOut(what, reason, object, place);
}

export function changed(draft: Draft, { object, place, what }: Strike, reason: string): void {
  draft.remarks.changed(what, reason, object, place);
}

/** The fields by which a fault selects pods; remembers that there must be such pods. */
export function podFields(draft: Draft, { count, namespace, node, pods, selector, share }: PodTarget): Fields {
  draft.podTargets.push({ namespace, selector, pods });
  const only = pods.length === 0 ? {} : pods.length === 1 ? { pod: pods[0] } : { pods };
  return {
    ...only,
    ...(namespace === null || pods.length > 0 ? {} : { namespace }),
    ...(selector === "" ? {} : { selector }),
    ...(node === "" ? {} : { node }),
    // something must be said, or one is drawn
    ...(count !== null ? { count } : share !== null ? { share } : { share: "100%" }),
  };
}

/** The fields by which a fault selects nodes. */
export function nodeFields(draft: Draft, { count, nodes, selector, share }: NodeTarget): Fields {
  if (selector !== "") draft.nodeSelectors.push(selector);
  return {
    ...(nodes.length === 0 ? {} : nodes.length === 1 ? { node: nodes[0] } : { nodes }),
    ...(selector === "" ? {} : { selector }),
    ...(count !== null ? { count } : share !== null ? { share } : {}),
  };
}

/** Deletes pods, as most tools kill them. @param graceMicros null = their own */
export function deletePods(draft: Draft, strike: Strike, target: PodTarget, graceMicros: number | null): void {
  const { count, namespace, node, pods, selector, share } = target;
  const isAll = count === null && (share === null || share >= 1) && node === "";
  const grace =
    graceMicros === null
      ? {}
      : graceMicros === 0
        ? { gracePeriod: "0s", force: true }
        : { gracePeriod: formatDuration(graceMicros) };
  const how = { ...grace, ignoreNotFound: true, wait: false };
  if (isAll && pods.length > 0) {
    draft.podTargets.push({ namespace, selector, pods });
    addAction(draft, strike, "delete", { object: pods.map((name) => `pod/${name}`), ...how });
    return;
  }
  if (isAll && namespace !== null && selector !== "") {
    draft.podTargets.push({ namespace, selector, pods });
    const where = namespace === "default" ? {} : { namespace };
    addAction(draft, strike, "delete", { kind: "pods", selector, ...where, ...how });
    return;
  }
  changed(
    draft,
    strike,
    "some are drawn at random: their containers are killed and start again, the pods stay (podKill)",
  );
  addFault(draft, strike, "podKill", podFields(draft, target));
}

/** Pods that answer nothing. */
export function hangPods(draft: Draft, strike: Strike, target: PodTarget, how: string): void {
  changed(
    draft,
    strike,
    `${how}: the pods answer nothing until their liveness probes restart them, and no longer (podHang)`,
  );
  addFault(draft, strike, "podHang", podFields(draft, target));
}

export function killContainers(draft: Draft, strike: Strike, target: PodTarget, containers: readonly string[]): void {
  for (const container of containers.length === 0 ? [""] : containers)
    addFault(draft, strike, "containerKill", {
      ...podFields(draft, target),
      ...(container === "" ? {} : { container }),
    });
}

/** Memory until the limit. */
export function fillMemory(draft: Draft, strike: Strike, target: PodTarget): void {
  changed(draft, strike, "memory beyond the limit of a container: it is killed for it once (oomKill)");
  addFault(draft, strike, "oomKill", podFields(draft, target));
}

/** A fault of nodes with a length. */
export function strikeNodes(draft: Draft, strike: Strike, kind: string, target: NodeTarget, more: Fields = {}): void {
  addFault(draft, strike, kind, { ...nodeFields(draft, target), ...more, ...lengthOf(strike) });
}

/** Kubectl's node argument of an action; where any node will do, one is named when all nodes are known. */
export function nodeArgument(draft: Draft, { nodes, selector }: NodeTarget): Fields {
  if (nodes.length > 0) return { node: nodes.length === 1 ? nodes[0] : nodes };
  if (selector === "") return { node: ANY };
  draft.nodeSelectors.push(selector);
  return { selector };
}

/** Stands for a node that is not known yet. */
export const ANY = "*any*";

/** What the network between pods suffers. Only etcd's own traffic can be worsened message by message. */
export function worsenNetwork(draft: Draft, strike: Strike, target: PodTarget, kind: string, fields: Fields): void {
  if (isEtcd(target)) {
    addFault(draft, strike, kind, { ...etcdCount(target), ...fields, ...lengthOf(strike) });
    return;
  }
  leftOut(
    draft,
    strike,
    "what single pods send and receive is not delayed, lost or limited; networkDelay and the like act on etcd",
  );
}

export function isEtcd({ pods, selector }: PodTarget): boolean {
  return (
    /(^|,)(component|app|k8s-app|tier)=etcd(,|$)/.test(selector) ||
    (pods.length > 0 && pods.every((name) => /\/etcd/.test(name)))
  );
}

export function etcdCount({ count, share }: PodTarget): Fields {
  return { role: "any", ...(count !== null ? { count } : share !== null ? { share } : {}) };
}
