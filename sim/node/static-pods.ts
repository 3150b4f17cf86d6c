// The mirror pods of one node in one life of its kubelet: created for each static pod, and created anew when somebody deletes them. What
// fails is tried again with the pod's next sync, once a minute at the latest. The static pods themselves never wait for any of it.
// Source: behaviour of the kubelet's mirror client and tryReconcileMirrorPods, 1.36.
import { ApiError, type Client } from "../apiserver/client.ts";
import type { EventHandle } from "../engine/engine.ts";
import type { Lifetime } from "../engine/lifetime.ts";
import { ask, runSteps, type Steps } from "../engine/steps.ts";
import { SECOND } from "../engine/tick.ts";
import type { Node, Pod } from "../model/objects.ts";
import { mirrorPod, mirrors } from "../model/static-pods.ts";

/** Who runs the static pod, and says how it is. */
export interface Mirrored {
  readonly pod: Pod;
  readonly key: string;
  /** Its mirror is this object from now on; null: there is none. */
  mirrored(mirror: Pod | null): void;
  /** The object has changed. */
  mirrorChanged(mirror: Pod): void;
}

export interface StaticPodsOptions {
  readonly life: Lifetime;
  readonly client: Client;
  /** As the kubelet's watch shows it; undefined = not registered, or gone. */
  readonly node: () => Node | undefined;
  readonly jittered: (micros: number) => number;
}

interface Entry {
  readonly worker: Mirrored;
  mirror: Pod | null;
  /** Of a mirror that was removed; what is still heard of it is old. */
  goneUid: string | undefined;
  isBusy: boolean;
  isAgain: boolean;
  timer: EventHandle | null;
}

const SYNC_MICROS = 60 * SECOND;

export class StaticPods {
  private readonly options: StaticPodsOptions;
  private readonly entries = new Map<string, Entry>();
  private isListed = false;

  constructor(options: StaticPodsOptions) {
    this.options = options;
  }

  add(worker: Mirrored): void {
    const entry: Entry = {
      worker,
      mirror: null,
      goneUid: undefined,
      isBusy: false,
      isAgain: false,
      timer: null,
    };
    this.entries.set(worker.key, entry);
  }

  /** The kubelet knows what the API has, or the node's object has come: what is missing is made. */
  reconcileAll(): void {
    this.isListed = true;
    for (const entry of this.entries.values()) this.reconcile(entry);
  }

  /** A static pod is being synced. */
  synced(worker: Mirrored): void {
    const entry = this.entries.get(worker.key);
    if (entry !== undefined) this.reconcile(entry);
  }

  seen(mirror: Pod): void {
    const entry = this.entries.get(keyOf(mirror));
    if (entry === undefined) return this.removeOrphan(mirror);
    const { uid } = mirror.metadata;
    if (uid === entry.goneUid) return;
    if (entry.mirror?.metadata.uid !== uid) this.setMirror(entry, mirror);
    else {
      entry.mirror = mirror;
      entry.worker.mirrorChanged(mirror);
    }
    this.reconcile(entry);
  }

  gone(mirror: Pod): void {
    const entry = this.entries.get(keyOf(mirror));
    if (entry === undefined || entry.mirror?.metadata.uid !== mirror.metadata.uid) return;
    this.setMirror(entry, null);
    this.reconcile(entry);
  }

  private setMirror(entry: Entry, mirror: Pod | null): void {
    entry.mirror = mirror;
    entry.worker.mirrored(mirror);
  }

  private reconcile(entry: Entry): void {
    if (entry.isBusy) {
      entry.isAgain = true;
      return;
    }
    const { life } = this.options;
    const node = this.options.node();
    if (!this.isListed || node === undefined || node.metadata.deletionTimestamp != null || isRight(entry)) return;
    if (entry.timer !== null) life.cancel(entry.timer);
    entry.timer = null;
    entry.isBusy = true;
    runSteps(this.bring(entry, node), (isDone) => {
      if (life.isOver) return;
      entry.isBusy = false;
      const { isAgain } = entry;
      entry.isAgain = false;
      if (isDone && isAgain) return this.reconcile(entry);
      if (isDone || entry.timer !== null) return;
      entry.timer = life.after(this.options.jittered(SYNC_MICROS), () => {
        entry.timer = null;
        this.reconcile(entry);
      });
    });
  }

  private *bring(entry: Entry, node: Node): Steps<boolean> {
    const { client, life } = this.options;
    const { mirror, worker } = entry;
    if (mirror !== null) {
      const { uid } = mirror.metadata;
      const removed = yield* ask<null | ApiError>((done) =>
        client.delete("pods", worker.key, { gracePeriodSeconds: 0, uid }, life.guard(done)),
      );
      if (removed instanceof ApiError && removed.reason !== "NotFound" && removed.reason !== "Conflict") return false;
      entry.goneUid = uid;
      if (entry.mirror?.metadata.uid === uid) this.setMirror(entry, null);
      if (entry.mirror !== null) return true;
    }
    const made = yield* ask<Pod | ApiError>((done) =>
      client.create("pods", mirrorPod(worker.pod, node), life.guard(done)),
    );
    // one that is there already is told of by the watch
    if (made instanceof ApiError) return made.reason === "AlreadyExists";
    if (entry.mirror?.metadata.uid !== made.metadata.uid) this.setMirror(entry, made);
    return true;
  }

  // of a static pod that this node does not have
  private removeOrphan(mirror: Pod): void {
    const { client } = this.options;
    if (mirror.metadata.deletionTimestamp != null && mirror.metadata.deletionGracePeriodSeconds === 0) return;
    client.delete("pods", keyOf(mirror), { gracePeriodSeconds: 0, uid: mirror.metadata.uid });
  }
}

function isRight({ mirror, worker }: Entry): boolean {
  return mirror !== null && mirror.metadata.deletionTimestamp == null && mirrors(mirror, worker.pod);
}

function keyOf({ metadata }: Pod): string {
  return `${metadata.namespace ?? "default"}/${metadata.name}`;
}
