// What a run's heartbeats and elections sleep by, where they may: until something happens that could make a difference to them. Faults and
// actions on single nodes and pods, and deaths of schedulers and controller managers, do not: those whom they concern wake up by themselves.
import { ElectionPromises } from "../apiserver/election-promises.ts";
import type { ApiServer } from "../apiserver/server.ts";
import { Calm } from "../engine/calm.ts";
import type { Engine } from "../engine/engine.ts";
import { SECOND } from "../engine/tick.ts";
import type { FaultKind } from "../faults/kind.ts";
import type { HeartbeatLoad } from "../metrics/heartbeat-load.ts";
import type { Recorder } from "../metrics/recorder.ts";
import type { FaultLayer } from "../model/fault-layers.ts";
import type { KubernetesObject, Lease, Node, WebhookConfiguration } from "../model/objects.ts";
import { microTimestampAt, timestampAt } from "../model/timestamp.ts";
import type { Reachability } from "../network/reachability.ts";
import { NodeHeartbeats } from "../node/node-heartbeats.ts";
import type { Plan } from "../scenario/plan.ts";
import { LeftOutGrowth } from "./left-out-growth.ts";

/** After so long everybody has found back to his rhythm: longer than leases, back-offs of watches and time-outs of requests. */
const SETTLE_MICROS = 180 * SECOND;
/** Through these heartbeats pass at the API server. */
const WAYS: ReadonlySet<string> = new Set(["roles", "clusterRoles", "roleBindings", "clusterRoleBindings"]);
const WEBHOOKS: ReadonlySet<string> = new Set(["validatingWebhookConfigurations", "mutatingWebhookConfigurations"]);
const LOCAL: ReadonlySet<FaultLayer> = new Set([
  "nodes",
  "pods",
  "schedulers",
  "controllerManagers",
  "autoscalers",
  "services",
]);

export class Heartbeats {
  readonly calm: Calm;
  private readonly engine: Engine;
  readonly nodes: NodeHeartbeats;
  readonly elections: ElectionPromises;
  private readonly growth: LeftOutGrowth | null;
  private readonly load: HeartbeatLoad;
  private readonly webhooks = new Map<string, () => void>();

  constructor(engine: Engine, plan: Plan, recorder: Recorder) {
    this.engine = engine;
    const isAccounted = plan.controllerManagers !== null && plan.kubelet.heartbeats === "accounted";
    this.calm = new Calm(engine, SETTLE_MICROS, isAccounted);
    this.load = recorder.heartbeats;
    this.nodes = new NodeHeartbeats(recorder.heartbeats);
    this.elections = new ElectionPromises(this.calm, recorder.heartbeats);
    // a run that ends when nothing is left to do must not be kept going
    const grows = isAccounted && plan.durationMicros !== null;
    const dozers = [this.nodes.dozers, this.elections.dozers];
    this.growth = grows ? new LeftOutGrowth(engine, dozers, recorder.heartbeats) : null;
  }

  start(api: ApiServer): void {
    // while an outage lasts those that are left go on, and heartbeats may pass without being executed
    this.load.watchers = () => api.servers.filter(({ isRunning }) => isRunning).length;
    this.growth?.start(api);
  }

  /** Before a fault or action has any effect. @returns to be called when it is over */
  disturb(kind: FaultKind): () => void {
    if (LOCAL.has(kind.layer) || kind.isAction === true) return ignore;
    if (kind.isSteady !== true) return this.calm.disturb();
    // whoever found back to his rhythm after the beginning has nothing to fear before the end
    this.calm.disturb()();
    return () => this.calm.disturb()();
  }

  /** While anybody is half cut off, whoever did it, nobody sleeps; nor when somebody was just cut off, or has just come back. */
  follow(reachability: Reachability): void {
    let over: (() => void) | null = null;
    reachability.listen(() => {
      this.calm.disturb()();
      if (!reachability.isSteady) over ??= this.calm.disturb();
      else {
        over?.();
        over = null;
      }
    });
  }

  /** A change of an object: of a webhook that sees heartbeats, or of rights. */
  changed(kind: string, type: string, object: KubernetesObject): void {
    if (WAYS.has(kind)) this.calm.disturb()();
    if (!WEBHOOKS.has(kind)) return;
    const key = `${kind}/${object.metadata.name}`;
    const before = this.webhooks.get(key);
    const seesThem = type !== "DELETED" && seesHeartbeats(object as WebhookConfiguration);
    if (seesThem && before === undefined) this.webhooks.set(key, this.calm.disturb());
    if (seesThem || before === undefined) return;
    this.webhooks.delete(key);
    before();
  }

  /** Leases as they would be if no renewal had been left out. */
  renewed(leases: readonly Lease[]): readonly Lease[] {
    return leases.map((lease) => {
      const { name, namespace } = lease.metadata;
      const micros = namespace === "kube-node-lease" ? this.nodes.lastRenewalMicros(name, this.engine.now) : null;
      const last =
        micros ?? (namespace === "kube-system" ? this.elections.lastRenewalMicros(name, this.engine.now) : null);
      return last === null ? lease : { ...lease, spec: { ...lease.spec, renewTime: microTimestampAt(last) } };
    });
  }

  /** Nodes as they would be if no report of their status had been left out. */
  reported(nodes: readonly Node[], reportedMicros: (nodeName: string) => number | null): readonly Node[] {
    return nodes.map((node) => {
      const micros = reportedMicros(node.metadata.name);
      if (micros === null || micros < 0 || node.status?.conditions == null) return node;
      const time = timestampAt(micros);
      const conditions = node.status.conditions.map((condition) => {
        const { lastHeartbeatTime } = condition;
        return lastHeartbeatTime == null || lastHeartbeatTime >= time
          ? condition
          : { ...condition, lastHeartbeatTime: time };
      });
      return { ...node, status: { ...node.status, conditions } };
    });
  }

  /** Counts what was left out until the end of the run. */
  finish(): void {
    this.nodes.dozers.finish();
    this.elections.dozers.finish();
  }
}

function seesHeartbeats({ webhooks }: WebhookConfiguration): boolean {
  return (webhooks ?? []).some(({ rules }) =>
    (rules ?? []).some(({ resources }) =>
      resources.some((resource) => /^(\*|\*\/\*|leases|nodes\/(status|\*))$/.test(resource)),
    ),
  );
}

const ignore = (): void => undefined;
