// drain: kubectl drain. All nodes are cordoned, then one node after the other is emptied: every pod is evicted at once, a refusal by a
// disruption budget (429) is tried again after 5 s, and a node is done when its pods are gone. Source: behaviour of kubectl 1.36.
import { ApiError, type ApiObject, type DeleteOptions } from "../../apiserver/client.ts";
import { ask, runSteps, type Steps } from "../../engine/steps.ts";
import { SECOND } from "../../engine/tick.ts";
import type { LabelSelector } from "../../model/objects.ts";
import { type Command, errorText, keyOfObject, nameIn } from "../command.ts";
import { type DrainFlags, podsToDrain } from "../drain-filters.ts";
import { chosenNodes, NODE_CHOICE } from "../nodes.ts";
import { verb } from "../verb.ts";
import { setSchedulable } from "./cordon.ts";

const RETRY_MICROS = 5 * SECOND;
const POLL_MICROS = SECOND;

export const drain = verb({
  name: "drain",
  doc: "Cordons nodes and evicts their pods, respecting disruption budgets, one node after the other.",
  example: "{ at: 5m, drain: { node: general-3, ignoreDaemonsets: true, deleteEmptydirData: true } }",
  parameters: {
    ...NODE_CHOICE,
    podSelector: { type: "selector", doc: "Only pods with these labels." },
    ignoreDaemonsets: { type: "flag", default: false, doc: "Pods of DaemonSets stay; otherwise they are an error." },
    deleteEmptydirData: {
      type: "flag",
      default: false,
      doc: "Pods with emptyDir volumes go too; otherwise they are an error.",
    },
    force: { type: "flag", default: false, doc: "Pods without a controller go too; otherwise they are an error." },
    gracePeriod: { type: "duration", doc: "For pods to stop, in place of their own." },
    timeout: { type: "duration", default: 0, doc: "Gives up after so long, for each node; 0s = never." },
    disableEviction: {
      type: "flag",
      default: false,
      doc: "Deletes pods in place of evicting them: budgets do not count.",
    },
    skipWaitForDeleteTimeout: {
      type: "duration",
      default: 0,
      doc: "Does not wait for pods whose deletion began longer ago than this; 0s = waits for all.",
    },
  },
  oneOf: [["node", "selector"]],
  // as upgrades do it: nothing but budgets stands in its way
  search: { on: "node", of: "nodes", says: { ignoreDaemonsets: true, deleteEmptydirData: true, force: true } },
  *run(command, parameters) {
    const { gracePeriod, podSelector, timeout } = parameters;
    const options = gracePeriod === undefined ? {} : { gracePeriodSeconds: Math.round(gracePeriod / SECOND) };
    const cordoned: string[] = [];
    for (const name of yield* chosenNodes(command, parameters))
      if (yield* setSchedulable(command, name, true)) cordoned.push(name);
    for (const name of cordoned) {
      const pods = yield* podsOf(command, name, podSelector, parameters);
      if (pods === null) continue;
      const deadline = timeout === 0 ? Infinity : command.engine.now + timeout;
      const failed = yield* emptyNode(command, pods, options, deadline, parameters.disableEviction);
      if (failed === "") command.print(`node/${name} drained`);
      else command.fail(`error: unable to drain node "${name}" due to error: ${failed}, continuing command...`);
    }
  },
});

function* podsOf(
  command: Command,
  node: string,
  podSelector: LabelSelector | undefined,
  flags: DrainFlags,
): Steps<readonly ApiObject<"pods">[] | null> {
  const found = yield* command.list("pods", { nodeName: node }, podSelector);
  if (found instanceof ApiError) {
    command.refused(found);
    return null;
  }
  const { errors, pods, warnings } = podsToDrain(found, flags, command.engine.now);
  if (errors.length > 0) {
    command.fail(`error: unable to drain node "${node}" due to error: ${errors.join(", ")}, continuing command...`);
    return null;
  }
  for (const warning of warnings) command.print(`Warning: ${warning}`);
  return pods;
}

/** All pods at once, each on its own; "" when all are gone, otherwise what went wrong first. */
function* emptyNode(
  command: Command,
  pods: readonly ApiObject<"pods">[],
  options: DeleteOptions,
  deadline: number,
  isDeleting: boolean,
): Steps<string> {
  if (pods.length === 0) return "";
  const failures: string[] = [];
  yield* ask<undefined>((done) => {
    let left = pods.length;
    for (const pod of pods) {
      runSteps(removePod(command, pod, options, deadline, isDeleting), (failure) => {
        if (failure !== "") failures.push(failure);
        if (--left === 0) done(undefined);
      });
    }
  });
  return failures.length === 0 ? "" : `[${[...new Set(failures)].join(", ")}]`;
}

function* removePod(
  command: Command,
  pod: ApiObject<"pods">,
  options: DeleteOptions,
  deadline: number,
  isDeleting: boolean,
): Steps<string> {
  const key = keyOfObject("pods", pod);
  const late = () =>
    `error when ${isDeleting ? "deleting" : "evicting"} pods/"${nameIn(key)}" -n "${pod.metadata.namespace ?? "default"}": global timeout reached: ${text(deadline)}`;
  const text = (at: number) => `${Math.round((at - begin) / SECOND)}s`;
  const begin = command.engine.now;
  for (;;) {
    if (command.engine.now >= deadline) return late();
    command.print(`${isDeleting ? "deleting" : "evicting"} pod ${key}`);
    const answer = isDeleting ? yield* command.delete("pods", key, options) : yield* command.evict(key, options);
    if (answer === null) break;
    if (answer.reason === "NotFound") return "";
    if (isDeleting || answer.reason !== "TooManyRequests")
      return `error when ${isDeleting ? "deleting" : "evicting"} pods/"${nameIn(key)}" -n "${pod.metadata.namespace ?? "default"}": ${errorText(answer)}`;
    command.print(
      `error when evicting pods/"${nameIn(key)}" -n "${pod.metadata.namespace ?? "default"}" (will retry after 5s): ${answer.message}`,
    );
    yield* command.wait(Math.min(RETRY_MICROS, deadline - command.engine.now));
  }
  for (;;) {
    const stored = yield* command.get("pods", key);
    const isGone = stored instanceof ApiError ? stored.reason === "NotFound" : stored.metadata.uid !== pod.metadata.uid;
    if (isGone) {
      command.print(`pod/${nameIn(key)} ${isDeleting ? "deleted" : "evicted"}`);
      return "";
    }
    if (stored instanceof ApiError && !stored.isTransient) return errorText(stored);
    if (command.engine.now >= deadline) return late();
    yield* command.wait(Math.min(POLL_MICROS, deadline - command.engine.now));
  }
}
