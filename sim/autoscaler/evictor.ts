// Empties a node: evicts its pods as disruption budgets allow, again every 10 s for two minutes, and waits until they are gone.
// Pods of daemon sets are asked to go as well, but nobody waits for them. Source: behaviour of core/scaledown/actuation/drain, 1.36.
import { ApiError } from "../apiserver/client.ts";
import { ask, askAll, runSteps, type Steps } from "../engine/steps.ts";
import { SECOND } from "../engine/tick.ts";
import type { Pod } from "../model/objects.ts";
import type { PodInfo } from "../scheduler/shape.ts";
import type { AutoscalerContext } from "./context.ts";
import { ENABLE_DS_EVICTION_ANNOTATION } from "./node-marks.ts";

const RETRY_MICROS = 10 * SECOND;
const HEADROOM_MICROS = 30 * SECOND;
const POLL_MICROS = 5 * SECOND;
const DEFAULT_GRACE_SECONDS = 30;

/** @returns why the node could not be emptied; null when it is */
export function* drain(
  context: AutoscalerContext,
  node: string,
  pods: readonly PodInfo[],
  daemons: readonly PodInfo[],
): Steps<string | null> {
  evictDaemons(context, daemons, context.flags.daemonsetEvictionForOccupiedNodes);
  const errors = yield* askAll<string | null>(
    pods.map((pod) => (done) => runSteps(evict(context, pod.pod, true), done)),
  );
  const failed = errors.filter((error) => error !== null);
  if (failed.length > 0) return `Failed to drain node /${node}, due to following errors: [${failed.join(" ")}]`;
  const gone = yield* waitUntilGone(context, node, pods);
  return gone ? null : `Failed to drain node /${node}: pods remaining after timeout`;
}

/** Asks those to go that want to be asked. */
export function evictDaemons(context: AutoscalerContext, daemons: readonly PodInfo[], byDefault: boolean): void {
  for (const { pod } of daemons) {
    const own = pod.metadata.annotations?.[ENABLE_DS_EVICTION_ANNOTATION];
    if (own === "true" || (byDefault && own !== "false")) runSteps(evict(context, pod, false), () => undefined);
  }
}

function* evict(
  { client, engine, events, flags, life }: AutoscalerContext,
  pod: Pod,
  isCounted: boolean,
): Steps<string | null> {
  const { name, namespace = "default" } = pod.metadata;
  const involved = { apiVersion: "v1", kind: "Pod", metadata: pod.metadata };
  events.of(involved, "Normal", "ScaleDown", "deleting pod for node scale down");
  const own = pod.spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS;
  const gracePeriodSeconds = flags.maxGracefulTerminationSec > 0 ? Math.min(own, flags.maxGracefulTerminationSec) : own;
  const untilMicros = engine.now + flags.maxPodEvictionTimeMicros;
  let last: ApiError;
  do {
    const answer = yield* ask<null | ApiError>((done) =>
      client.evict(`${namespace}/${name}`, { gracePeriodSeconds }, done),
    );
    if (!(answer instanceof ApiError) || answer.reason === "NotFound") return null;
    last = answer;
    yield* ask<void>((done) => life.after(RETRY_MICROS, () => done(undefined)));
  } while (engine.now < untilMicros);
  if (isCounted) events.of(involved, "Warning", "ScaleDownFailed", "failed to delete pod for ScaleDown");
  return `failed to evict pod ${namespace}/${name} within allowed timeout (last error: ${last.message})`;
}

function* waitUntilGone(
  { client, engine, flags, life }: AutoscalerContext,
  node: string,
  pods: readonly PodInfo[],
): Steps<boolean> {
  const untilMicros = engine.now + flags.maxGracefulTerminationSec * SECOND + HEADROOM_MICROS;
  while (engine.now < untilMicros) {
    let isEmpty = true;
    for (const { key } of pods) {
      const answer = yield* ask<Pod | ApiError>((done) => client.get("pods", key, done));
      // another one of this name may be elsewhere by now
      isEmpty = answer instanceof ApiError ? answer.reason === "NotFound" : answer.spec.nodeName !== node;
      if (!isEmpty) break;
    }
    if (isEmpty) return true;
    yield* ask<void>((done) => life.after(POLL_MICROS, () => done(undefined)));
  }
  return false;
}
