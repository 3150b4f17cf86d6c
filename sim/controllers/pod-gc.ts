// Removes pods that nobody else will: ended ones beyond a threshold, those of nodes that are gone, those that were deleted before they had
// a node, and those that should stop on nodes that are out of service. Looks every 20 s.
// Source: behaviour of kube-controller-manager's pod garbage collector (1.36).
import { ApiError, type ApiObject, keyOf } from "../apiserver/client.ts";
import { ask, askAll, runSteps, type Steps } from "../engine/steps.ts";
import { SECOND } from "../engine/tick.ts";
import type { Condition, Node, Pod } from "../model/objects.ts";
import { withCondition } from "../model/pod-conditions.ts";
import { parseTimestampMicros } from "../model/timestamp.ts";
import type { Controller, ControllerContext } from "./framework/controller.ts";
import { isPodFinished } from "./framework/pod-state.ts";
import { podsByNode } from "./framework/pods-by-node.ts";

const PERIOD_MICROS = 20 * SECOND;
const QUARANTINE_MICROS = 40 * SECOND;
const OUT_OF_SERVICE = "node.kubernetes.io/out-of-service";
const ENDED = "ended";
const TERMINATING = "terminating";

export const podGcController: Controller = {
  name: "pod-garbage-collector-controller",
  watches: ["pods", "nodes"],
  start(context) {
    const collector = new PodGarbageCollector(context);
    const look = (): void => {
      // a look that takes longer than its period is followed by the next at once
      const beganMicros = context.engine.now;
      runSteps(collector.collect(), () => {
        if (context.life.isOver) return;
        context.life.after(Math.max(0, beganMicros + PERIOD_MICROS - context.engine.now), look);
      });
    };
    context.life.after(0, look);
  },
};

class PodGarbageCollector {
  private readonly context: ControllerContext;
  // names of nodes that pods are bound to and the watch does not know, since when
  private readonly missing = new Map<string, number>();

  constructor(context: ControllerContext) {
    this.context = context;
    const { informers } = context;
    this.states();
    const nodes = informers.of("nodes");
    const byNode = podsByNode(informers);
    const bound = ({ spec }: Pod): void => {
      const { nodeName } = spec;
      if (nodeName && !nodes.cache.has(nodeName)) this.suspects.add(nodeName);
    };
    informers.of("pods").listen({
      added: bound,
      updated: (before, after) => {
        if (before.spec.nodeName !== after.spec.nodeName) bound(after);
      },
    });
    nodes.listen({
      added: (_node, name) => this.suspects.delete(name),
      deleted: (_node, name) => {
        if (byNode.get(name).length > 0) this.suspects.add(name);
      },
    });
  }

  // to be looked at with the next look
  private readonly suspects = new Set<string>();

  /** One look. */
  *collect(): Steps {
    const { terminatedPodGcThreshold } = this.context.flags;
    if (terminatedPodGcThreshold > 0) yield* this.collectEnded(terminatedPodGcThreshold);
    yield* this.collectOutOfService();
    yield* this.collectOrphaned();
    yield* this.collectUnscheduled();
  }

  private states() {
    return this.context.informers.of("pods").index("pod-gc", (pod) => {
      if (isPodFinished(pod)) return pod.metadata.deletionTimestamp == null ? [ENDED] : [ENDED, TERMINATING];
      return pod.metadata.deletionTimestamp == null ? [] : [TERMINATING];
    });
  }

  private *collectEnded(threshold: number): Steps {
    const ended = this.states().get(ENDED);
    if (ended.length <= threshold) return;
    const isEvicted = ({ status }: Pod) => status?.reason === "Evicted";
    const oldestFirst = [...ended].sort(
      (a, b) => Number(isEvicted(b)) - Number(isEvicted(a)) || bornMicros(a) - bornMicros(b) || compareNames(a, b),
    );
    yield* this.removeAll(oldestFirst.slice(0, ended.length - threshold), null);
  }

  private *collectOutOfService(): Steps {
    const terminating = this.states().get(TERMINATING);
    if (terminating.length === 0) return;
    const nodes = this.context.informers.of("nodes").cache;
    const lost = terminating.filter(({ spec }) => {
      const node = spec.nodeName ? nodes.get(spec.nodeName) : undefined;
      return node !== undefined && isOutOfService(node);
    });
    yield* this.removeAll(lost, null);
  }

  private *collectOrphaned(): Steps {
    const { client, engine, informers } = this.context;
    const byNode = podsByNode(informers);
    const known = informers.of("nodes").cache;
    for (const name of this.suspects) {
      if (known.has(name) || byNode.get(name).length === 0) this.suspects.delete(name);
      else if (!this.missing.has(name)) this.missing.set(name, engine.now);
    }
    for (const [name, sinceMicros] of this.missing) {
      if (engine.now - sinceMicros < QUARANTINE_MICROS) continue;
      this.missing.delete(name);
      if (known.has(name)) continue;
      // the watch may be behind
      const answer = yield* ask<ApiObject | ApiError>((done) => client.get("nodes", name, done));
      if (!(answer instanceof ApiError) || answer.reason !== "NotFound") continue;
      const condition: Condition = {
        type: "DisruptionTarget",
        status: "True",
        reason: "DeletionByPodGC",
        message: "PodGC: node no longer exists",
        lastTransitionTime: this.context.timestamps.at(engine.now),
      };
      yield* this.removeAll(byNode.get(name), condition);
    }
  }

  private *collectUnscheduled(): Steps {
    const unscheduled = this.states()
      .get(TERMINATING)
      .filter(({ spec }) => !spec.nodeName);
    yield* this.removeAll(unscheduled, null);
  }

  /** Marks them failed, so that whoever counts failures does, and removes them at once. */
  private *removeAll(pods: readonly Pod[], condition: Condition | null): Steps {
    const { client } = this.context;
    if (pods.length === 0) return;
    yield* askAll<unknown>(
      pods.map((pod) => (done: (answer: unknown) => void) => {
        const key = keyOf("pods", pod);
        const remove = () => client.delete("pods", key, { gracePeriodSeconds: 0, uid: pod.metadata.uid ?? "" }, done);
        if (isPodFinished(pod)) return remove();
        client.patchStatus(
          "pods",
          key,
          (before) => failed(before, condition),
          (answer) => (answer instanceof ApiError ? done(answer) : remove()),
        );
      }),
    );
  }
}

function failed(pod: Pod, condition: Condition | null): Pod {
  const { conditions } = pod.status ?? {};
  return {
    ...pod,
    status: {
      ...pod.status,
      phase: "Failed",
      ...(condition === null ? {} : { conditions: withCondition(conditions, condition) }),
    },
  };
}

function isOutOfService({ spec, status }: Node): boolean {
  if (!(spec?.taints ?? []).some(({ key }) => key === OUT_OF_SERVICE)) return false;
  return !(status?.conditions ?? []).some(({ status: is, type }) => type === "Ready" && is === "True");
}

function bornMicros({ metadata }: Pod): number {
  return metadata.creationTimestamp == null ? 0 : (parseTimestampMicros(metadata.creationTimestamp) ?? 0);
}

function compareNames(a: Pod, b: Pod): number {
  return a.metadata.name < b.metadata.name ? -1 : 1;
}
