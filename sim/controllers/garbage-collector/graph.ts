// Who owns whom, over all kinds: what the garbage collector knows from its watches. An owner that is referred to but was never seen is a
// virtual node: it is looked up before anything is concluded. Source: behaviour of the garbage collector's graph builder (1.36).
import type { ApiKind, ApiObject } from "../../apiserver/client.ts";
import { knownKind } from "../../model/kinds.ts";
import type { OwnerReference } from "../../model/objects.ts";

export const FOREGROUND = "foregroundDeletion";
export const ORPHAN = "orphan";

/** One object; uid, kind and key never change. */
export interface GraphNode {
  readonly uid: string;
  readonly kind: ApiKind;
  readonly key: string;
  owners: readonly OwnerReference[];
  /** Made when there is one: most objects have none. */
  dependents: Set<GraphNode> | null;
  /** Was it seen by a watch, and not only in a reference? */
  isVirtual: boolean;
  isBeingDeleted: boolean;
  /** It goes when its dependents are gone. */
  isDeletingDependents: boolean;
}

/** What is to be looked at after a change. */
export interface GraphListener {
  attemptToDelete(node: GraphNode): void;
  attemptToOrphan(node: GraphNode): void;
  /** It has gone while others depended on it. */
  ownerGone(uid: string): void;
}

export class OwnerGraph {
  readonly nodes = new Map<string, GraphNode>();
  private readonly listener: GraphListener;

  constructor(listener: GraphListener) {
    this.listener = listener;
  }

  observe(kind: ApiKind, key: string, object: ApiObject, before: ApiObject | undefined): void {
    const uid = object.metadata.uid ?? "";
    const known = this.nodes.get(uid);
    if (known === undefined) this.insert(kind, key, object);
    else this.update(known, object);
    const node = this.nodes.get(uid) as GraphNode;
    this.follow(node, object, before);
  }

  remove(uid: string): void {
    const node = this.nodes.get(uid);
    if (node === undefined) return;
    this.nodes.delete(uid);
    for (const { uid: owner } of node.owners) this.unlink(owner, node);
    if (node.dependents !== null && node.dependents.size > 0) {
      this.listener.ownerGone(uid);
      for (const dependent of node.dependents) this.listener.attemptToDelete(dependent);
    }
    for (const { uid: ownerUid = "" } of node.owners) {
      const owner = this.nodes.get(ownerUid);
      if (owner?.isDeletingDependents === true) this.listener.attemptToDelete(owner);
    }
  }

  private insert(kind: ApiKind, key: string, object: ApiObject): void {
    const { deletionTimestamp, finalizers, ownerReferences, uid = "" } = object.metadata;
    const isBeingDeleted = deletionTimestamp != null;
    const node: GraphNode = {
      uid,
      kind,
      key,
      owners: ownerReferences ?? NO_OWNERS,
      dependents: null,
      isVirtual: false,
      isBeingDeleted,
      isDeletingDependents: isBeingDeleted && finalizers?.includes(FOREGROUND) === true,
    };
    this.nodes.set(uid, node);
    for (const reference of node.owners) this.link(reference, node);
  }

  private update(node: GraphNode, object: ApiObject): void {
    const { deletionTimestamp, ownerReferences = NO_OWNERS } = object.metadata;
    node.isVirtual = false;
    if (deletionTimestamp != null) node.isBeingDeleted = true;
    const before = node.owners;
    if (before === ownerReferences) return;
    node.owners = ownerReferences;
    const now = new Map(ownerReferences.map((reference) => [reference.uid, reference]));
    for (const reference of before) {
      const kept = now.get(reference.uid);
      const wasBlocking = reference.blockOwnerDeletion === true;
      if (kept === undefined) this.unlink(reference.uid, node);
      // whoever waited for this one may go on
      if (wasBlocking && kept?.blockOwnerDeletion !== true) {
        const owner = this.nodes.get(reference.uid ?? "");
        if (owner?.isDeletingDependents === true) this.listener.attemptToDelete(owner);
      }
    }
    for (const reference of ownerReferences) this.link(reference, node);
  }

  private follow(node: GraphNode, { metadata }: ApiObject, before: ApiObject | undefined): void {
    if (metadata.deletionTimestamp == null) return;
    const finalizers = metadata.finalizers ?? [];
    const old = before?.metadata.deletionTimestamp == null ? [] : (before.metadata.finalizers ?? []);
    if (finalizers.includes(ORPHAN) && !old.includes(ORPHAN)) return this.listener.attemptToOrphan(node);
    if (!finalizers.includes(FOREGROUND) || old.includes(FOREGROUND)) return;
    node.isDeletingDependents = true;
    for (const dependent of node.dependents ?? []) this.listener.attemptToDelete(dependent);
    this.listener.attemptToDelete(node);
  }

  private link(reference: OwnerReference, node: GraphNode): void {
    const { apiVersion, kind, name, uid } = reference;
    // what has no uid was written by hand, and means nobody
    if (uid === undefined || uid === "") return;
    let owner = this.nodes.get(uid);
    if (owner === undefined) {
      const known = knownKind(apiVersion ?? "", kind);
      // kinds that are not known are never collected
      if (known === undefined) return;
      const namespace = node.key.slice(0, Math.max(0, node.key.indexOf("/")));
      owner = {
        uid,
        kind: known.list,
        key: known.namespaced ? `${namespace}/${name}` : name,
        owners: NO_OWNERS,
        dependents: null,
        isVirtual: true,
        isBeingDeleted: false,
        isDeletingDependents: false,
      };
      this.nodes.set(uid, owner);
      this.listener.attemptToDelete(owner);
    }
    owner.dependents ??= new Set();
    owner.dependents.add(node);
  }

  private unlink(ownerUid: string | undefined, node: GraphNode): void {
    this.nodes.get(ownerUid ?? "")?.dependents?.delete(node);
  }
}

const NO_OWNERS: readonly OwnerReference[] = [];

/** Those that keep their owner from going. */
export function blockingDependents(node: GraphNode): GraphNode[] {
  const blocking: GraphNode[] = [];
  for (const dependent of node.dependents ?? []) {
    if (dependent.owners.some(({ blockOwnerDeletion, uid }) => uid === node.uid && blockOwnerDeletion === true))
      blocking.push(dependent);
  }
  return blocking;
}
