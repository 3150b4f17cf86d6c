// taint-eviction-controller: deletes pods from nodes with a NoExecute taint, those that tolerate it for a while after that while. A
// pod whose time has begun keeps it when taints change to others, and is left alone once they are gone; its deletion is tried five
// times and then given up. Source: behaviour of kube-controller-manager 1.36.
import { ApiError } from "../apiserver/client.ts";
import type { EventHandle } from "../engine/engine.ts";
import { ask, runSteps, type Steps } from "../engine/steps.ts";
import { MILLISECOND } from "../engine/tick.ts";
import type { Node, Pod, Taint } from "../model/objects.ts";
import { withCondition } from "../model/pod-conditions.ts";
import { sameTaint } from "../model/taints.ts";
import type { Controller, ControllerContext } from "./framework/controller.ts";
import { podsByNode } from "./framework/pods-by-node.ts";
import { tolerationMicros } from "./taint-eviction/toleration-time.ts";

const ATTEMPTS = 5;
const ATTEMPT_PAUSE_MICROS = 10 * MILLISECOND;

export const taintEviction: Controller = {
  name: "taint-eviction-controller",
  watches: ["nodes", "pods"],
  start(context) {
    new TaintEviction(context).start();
  },
};

/** A deletion that waits, is being tried (no timer), or was done: then nothing more is to happen. */
interface Eviction {
  readonly pod: Pod;
  readonly sinceMicros: number;
  timer: EventHandle | null;
  isDone: boolean;
}

class TaintEviction {
  private readonly context: ControllerContext;
  private readonly tainted = new Map<string, readonly Taint[]>();
  private readonly evictions = new Map<string, Eviction>();

  constructor(context: ControllerContext) {
    this.context = context;
  }

  start(): void {
    const { informers } = this.context;
    informers.of("nodes").listen({
      added: (node) => this.nodeChanged(node, []),
      updated: (before, after) => {
        if (before.spec?.taints !== after.spec?.taints) this.nodeChanged(after, noExecute(before));
      },
      deleted: (node) => this.tainted.delete(node.metadata.name),
    });
    informers.of("pods").listen({
      added: (pod, key) => this.podChanged(pod, key),
      updated: (before, after, key) => {
        const isSame = before.spec.tolerations === after.spec.tolerations;
        if (!isSame || before.spec.nodeName !== after.spec.nodeName) this.podChanged(after, key);
      },
      deleted: (pod, key) => this.cancel(pod, key),
    });
  }

  private nodeChanged(node: Node, before: readonly Taint[]): void {
    const taints = noExecute(node);
    const isSame = taints.length === before.length && taints.every((taint) => before.some((t) => sameTaint(t, taint)));
    if (isSame) return;
    const { name } = node.metadata;
    if (taints.length === 0) this.tainted.delete(name);
    else this.tainted.set(name, taints);
    for (const pod of podsByNode(this.context.informers).get(name)) this.judge(pod, keyOf(pod), taints);
  }

  private podChanged(pod: Pod, key: string): void {
    const taints = this.tainted.get(pod.spec.nodeName ?? "");
    if (taints !== undefined) this.judge(pod, key, taints);
  }

  private judge(pod: Pod, key: string, taints: readonly Taint[]): void {
    const waitMicros = tolerationMicros(taints, pod.spec.tolerations ?? []);
    if (taints.length === 0 || waitMicros === Number.POSITIVE_INFINITY) {
      this.cancel(pod, key);
      return;
    }
    const { now } = this.context.engine;
    if (waitMicros === 0) {
      this.cancel(pod, key);
      this.schedule(pod, key, now, 0);
      return;
    }
    const known = this.evictions.get(key);
    if (known === undefined) this.schedule(pod, key, now, waitMicros);
    else if (known.sinceMicros >= now) {
      this.cancel(pod, key);
      this.schedule(pod, key, known.sinceMicros, waitMicros);
    }
  }

  private schedule(pod: Pod, key: string, sinceMicros: number, waitMicros: number): void {
    if (this.evictions.has(key)) return;
    const eviction: Eviction = { pod, sinceMicros, timer: null, isDone: false };
    this.evictions.set(key, eviction);
    eviction.timer = this.context.life.after(waitMicros, () => {
      eviction.timer = null;
      runSteps(this.evict(pod, key), (isDone) => {
        if (isDone) eviction.isDone = true;
        else if (this.evictions.get(key) === eviction) this.evictions.delete(key);
      });
    });
  }

  /** Also one that is being carried out is said to be cancelled, though it goes on. */
  private cancel(pod: Pod, key: string): void {
    const eviction = this.evictions.get(key);
    if (eviction === undefined) return;
    this.evictions.delete(key);
    if (eviction.isDone) return;
    if (eviction.timer !== null) this.context.life.cancel(eviction.timer);
    this.event(pod, `Cancelling deletion of Pod ${key}`);
  }

  private *evict(pod: Pod, key: string): Steps<boolean> {
    const { life } = this.context;
    this.event(pod, `Marking for deletion Pod ${key}`);
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (attempt > 0) yield (resume) => life.after(ATTEMPT_PAUSE_MICROS, () => resume(undefined));
      if (yield* this.tryEvict(key)) return true;
    }
    return false;
  }

  private *tryEvict(key: string): Steps<boolean> {
    const { client, engine, timestamps } = this.context;
    const pod = yield* ask<Pod | ApiError>((done) => client.get("pods", key, done));
    if (pod instanceof ApiError) return pod.reason === "NotFound";
    const condition = {
      type: "DisruptionTarget",
      status: "True",
      reason: "DeletionByTaintManager",
      message: "Taint manager: deleting due to NoExecute taint",
      lastTransitionTime: timestamps.at(engine.now),
    };
    const { uid } = pod.metadata;
    const marked = yield* ask<Pod | ApiError>((done) =>
      client.patchStatus(
        "pods",
        key,
        (now) =>
          now.metadata.uid === uid
            ? { ...now, status: { ...now.status, conditions: withCondition(now.status?.conditions, condition) } }
            : now,
        done,
      ),
    );
    if (marked instanceof ApiError) return marked.reason === "NotFound";
    const answer = yield* ask<null | ApiError>((done) => client.delete("pods", key, {}, done));
    return !(answer instanceof ApiError) || answer.reason === "NotFound";
  }

  private event(pod: Pod, message: string): void {
    const involved = { apiVersion: "v1", kind: "Pod", metadata: pod.metadata };
    this.context.events.event(involved, "Normal", "TaintManagerEviction", message);
  }
}

function noExecute(node: Node): readonly Taint[] {
  return (node.spec?.taints ?? []).filter(({ effect }) => effect === "NoExecute");
}

function keyOf(pod: Pod): string {
  return `${pod.metadata.namespace ?? "default"}/${pod.metadata.name}`;
}
