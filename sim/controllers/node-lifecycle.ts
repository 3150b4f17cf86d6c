// node-lifecycle-controller: watches over heartbeats, marks silent nodes and their pods, taints nodes by their conditions at once and
// NoExecute at a rate per zone. What a NoExecute taint does to pods is taint-eviction.ts. Not modelled: the copying of
// beta.kubernetes.io labels. Source: behaviour of kube-controller-manager 1.36.
import type { Steps } from "../engine/steps.ts";
import type { Node, Pod } from "../model/objects.ts";
import { type Controller, type ControllerContext, type SyncResult, syncQueue } from "./framework/controller.ts";
import { conditionTaintChange } from "./node-lifecycle/condition-taints.ts";
import { NodeMonitor } from "./node-lifecycle/monitor.ts";
import { NoExecuteTainter } from "./node-lifecycle/no-execute.ts";
import { looksReady, markPodsNotReady } from "./node-lifecycle/pods-not-ready.ts";
import { TaintWriter } from "./node-lifecycle/taint-writer.ts";

const NODE_WORKERS = 8;
const POD_WORKERS = 4;

export const nodeLifecycle: Controller = {
  name: "node-lifecycle-controller",
  eventSource: "node-controller",
  watches: ["nodes", "pods", "leases"],
  start(context) {
    const { client, engine, timestamps } = context;
    const writer = new TaintWriter(client, () => timestamps.at(engine.now));
    const monitor: NodeMonitor = new NodeMonitor(context, writer, () => tainter.plan());
    const tainter = new NoExecuteTainter(context, writer, () => monitor.zones);
    taintByCondition(context, writer);
    markLatePods(context, monitor);
    monitor.start();
  },
};

/** A failed one is not tried again: the next change of the node is the occasion. */
function taintByCondition(context: ControllerContext, writer: TaintWriter): void {
  const nodes = context.informers.of("nodes");
  const queue = syncQueue(context, NODE_WORKERS, function* (name): Steps<SyncResult> {
    const node = nodes.cache.get(name);
    const change = node === undefined ? null : conditionTaintChange(node);
    if (node !== undefined && change !== null) yield* writer.swap(node, change.add, change.remove);
    return undefined;
  });
  const look = (node: Node) => {
    if (conditionTaintChange(node) !== null) queue.add(node.metadata.name);
  };
  nodes.listen({ added: look, updated: (_before, node) => look(node) });
  queue.start();
}

/** Pods that are bound to a node that is known not to be ready. What a kubelet that is back says of its pods stands. */
function markLatePods(context: ControllerContext, monitor: NodeMonitor): void {
  const pods = context.informers.of("pods");
  const queue = syncQueue(context, POD_WORKERS, function* (key): Steps<SyncResult> {
    const pod = pods.cache.get(key);
    if (pod === undefined || !monitor.isDown(pod.spec.nodeName ?? "")) return undefined;
    const isComplete = yield* markPodsNotReady(context, [pod]);
    return isComplete ? undefined : { error: "could not mark the pod as not ready" };
  });
  const look = (pod: Pod, key: string) => {
    if (pod.spec.nodeName && looksReady(pod) && monitor.isDown(pod.spec.nodeName)) queue.add(key);
  };
  pods.listen({
    added: look,
    updated: (before, pod, key) => {
      if (pod.spec.nodeName !== before.spec.nodeName) look(pod, key);
    },
  });
  queue.start();
}
