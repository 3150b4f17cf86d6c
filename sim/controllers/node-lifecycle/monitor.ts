// The monitor: at each tick it marks nodes that have been silent for too long as Unknown, queues nodes that are not ready for their
// NoExecute taint, releases those that are back, and judges the zones. Only nodes that need it are looked at: those whose silence is
// due, those that are not ready or still tainted, and those that came or went. Source: behaviour of kube-controller-manager 1.36.
import { ApiError } from "../../apiserver/client.ts";
import type { SharedInformer } from "../../apiserver/shared-informer.ts";
import { ask, runSteps, type Steps } from "../../engine/steps.ts";
import { MILLISECOND } from "../../engine/tick.ts";
import type { Node, NodeCondition, Pod, Taint } from "../../model/objects.ts";
import { hasTaint, NOT_READY_TAINT, UNREACHABLE_TAINT } from "../../model/taints.ts";
import type { ControllerContext } from "../framework/controller.ts";
import { podsByNode } from "../framework/pods-by-node.ts";
import { Calendar } from "./calendar.ts";
import { ZoneStates } from "./disruption.ts";
import { HealthBook, LEASE_PREFIX, type NodeHealth, readyCondition } from "./health.ts";
import { markPodsNotReady } from "./pods-not-ready.ts";
import type { TaintWriter } from "./taint-writer.ts";
import { isCounted, zoneOf } from "./zones.ts";

export const UNREACHABLE: Taint = { key: UNREACHABLE_TAINT, effect: "NoExecute" };
export const NOT_READY: Taint = { key: NOT_READY_TAINT, effect: "NoExecute" };

/** Nodes that are worked on at a time. */
const WORKERS = 8;
const ATTEMPTS = 5;
const ATTEMPT_PAUSE_MICROS = 20 * MILLISECOND;
const WATCHED_CONDITIONS = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"];

interface Count {
  ready: number;
  notReady: number;
}

/** What a tick has found out about a node. */
interface Finding {
  readonly node: Node;
  /** The Ready condition before the monitor changed it. */
  readonly before: string;
  readonly now: string;
  readonly hasReady: boolean;
}

export class NodeMonitor {
  readonly zones: ZoneStates;
  private readonly context: ControllerContext;
  private readonly writer: TaintWriter;
  private readonly nodes: SharedInformer<"nodes">;
  private readonly leases: SharedInformer<"leases">;
  private readonly health: HealthBook;
  private readonly calendar: Calendar;
  // nodes that every tick looks at: not ready, or with one of the taints
  private readonly suspects = new Set<string>();
  private readonly known = new Set<string>();
  private readonly arrivals = new Map<string, Node>();
  private readonly departures = new Map<string, Node>();
  // nodes by zone and Ready, as the informer has them
  private readonly counts = new Map<string, Count>();
  private readonly queued: () => void;

  /** @param queued called when a node may have been queued for its taint, or a zone's rate has changed */
  constructor(context: ControllerContext, writer: TaintWriter, queued: () => void) {
    const { flags, informers, life } = context;
    this.context = context;
    this.writer = writer;
    this.queued = queued;
    this.zones = new ZoneStates(flags);
    this.nodes = informers.of("nodes");
    this.leases = informers.of("leases");
    this.calendar = new Calendar({
      life,
      periodMicros: flags.nodeMonitorPeriodMicros,
      pass: (done) => runSteps(this.pass(), done),
      wantedMicros: () => this.wantedMicros(),
    });
    this.health = new HealthBook(flags, (micros) => this.calendar.tickFrom(micros), context.heartbeats ?? null);
  }

  start(): void {
    const { engine, heartbeats, life } = this.context;
    this.nodes.listen({
      added: (node) => this.added(node),
      updated: (before, after) => this.updated(before, after),
      deleted: (node) => this.deleted(node),
    });
    const renewed = (renewTime: string | null | undefined, key: string) => {
      if (renewTime == null || !key.startsWith(LEASE_PREFIX)) return;
      const waiting = this.health.renewed(key.slice(LEASE_PREFIX.length), renewTime, engine.now);
      if (waiting !== undefined) this.awaitSilence(waiting);
    };
    this.leases.listen({
      added: (lease, key) => renewed(lease.spec?.renewTime, key),
      updated: (_before, lease, key) => renewed(lease.spec?.renewTime, key),
    });
    heartbeats?.listen(
      life.guard((name: string, lastMicros: number) => {
        const [health, node] = [this.health.get(name), this.nodes.cache.get(name)];
        if (health === undefined || node === undefined) return;
        this.health.promiseEnded(health, node, lastMicros);
        this.calendar.plan();
      }),
    );
    this.calendar.plan();
  }

  /** As the monitor last saw it, is the node there and not ready? */
  isDown(nodeName: string): boolean {
    return this.health.get(nodeName)?.isDown === true && this.nodes.cache.has(nodeName);
  }

  // ---- what the informers tell -------------------------------------------------------------------------------------

  private added(node: Node): void {
    const { name } = node.metadata;
    this.count(node, 1);
    if (!this.departures.delete(name)) this.arrivals.set(name, node);
    const lease = this.leases.cache.get(`${LEASE_PREFIX}${name}`);
    this.health.seen(node, lease?.spec?.renewTime ?? undefined, this.context.engine.now);
    this.suspect(node);
    this.calendar.plan();
  }

  private updated(before: Node, after: Node): void {
    const { name } = after.metadata;
    this.count(before, -1);
    this.count(after, 1);
    this.suspect(after);
    const [was, is] = [readyCondition(before), readyCondition(after)];
    const health = this.health.get(name);
    if (health === undefined || was?.lastHeartbeatTime === is?.lastHeartbeatTime) return;
    this.health.posted(health, after, this.context.engine.now);
    this.calendar.plan();
  }

  private deleted(node: Node): void {
    const { name } = node.metadata;
    this.count(node, -1);
    this.suspects.delete(name);
    const health = this.health.get(name);
    if (health !== undefined) {
      health.needsRetry = false;
      this.health.drop(health);
    }
    if (!this.arrivals.delete(name)) this.departures.set(name, node);
    this.calendar.plan();
  }

  private awaitSilence(health: NodeHealth): void {
    const node = this.nodes.cache.get(health.name);
    if (node === undefined) return;
    this.health.watch(health, node);
    this.calendar.plan();
  }

  private suspect(node: Node): void {
    const { name } = node.metadata;
    const isSuspect = readyCondition(node)?.status !== "True" || isTainted(node) || this.isDown(name);
    if (!isSuspect) this.suspects.delete(name);
    else if (!this.suspects.has(name)) {
      this.suspects.add(name);
      this.calendar.plan();
    }
  }

  private count(node: Node, by: number): void {
    if (!isCounted(node)) return;
    const zone = zoneOf(node);
    let count = this.counts.get(zone);
    if (count === undefined) {
      count = { ready: 0, notReady: 0 };
      this.counts.set(zone, count);
    }
    if (readyCondition(node)?.status === "True") count.ready += by;
    else count.notReady += by;
    if (count.ready + count.notReady === 0) this.counts.delete(zone);
  }

  private wantedMicros(): number {
    if (this.suspects.size + this.arrivals.size + this.departures.size > 0) return this.context.engine.now;
    return this.health.nextMicros;
  }

  // ---- a tick ------------------------------------------------------------------------------------------------------

  private *pass(): Steps {
    const { engine } = this.context;
    const nodeOf = (name: string) => this.nodes.cache.get(name);
    this.comeAndGo();
    const silent = new Set(this.health.takeSilent(engine.now, nodeOf));
    const marked = new Set([...silent].map(({ name }) => name));
    for (const name of this.suspects) marked.add(name);
    // all that the tick decides on is how things stood when it began
    const tainted = [...this.suspects]
      .map(nodeOf)
      .filter((node): node is Node => node !== undefined && isTainted(node));
    const counts = new Map([...this.counts].map(([zone, count]) => [zone, { ...count }]));
    const todo = [...marked]
      .map((name) => this.health.get(name))
      .filter((health): health is NodeHealth => health !== undefined)
      .sort((a, b) => a.order - b.order)
      .map((health) => ({ health, node: nodeOf(health.name) as Node }));
    let next = 0;
    const worker = function* (this: NodeMonitor): Steps {
      while (next < todo.length) {
        const { health, node } = todo[next++]!;
        yield* this.look(health, node, silent.has(health), counts);
      }
    };
    yield (resume) => {
      let missing = Math.min(WORKERS, todo.length);
      if (missing === 0) resume(undefined);
      for (let i = missing; i > 0; i--) {
        runSteps(worker.call(this), () => {
          if (--missing === 0) resume(undefined);
        });
      }
    };
    yield* this.judgeZones(counts, tainted);
    this.queued();
  }

  private comeAndGo(): void {
    for (const [name, node] of this.arrivals) {
      if (this.known.has(name)) continue;
      this.known.add(name);
      this.zones.ensure(zoneOf(node));
      if (!this.context.isSettled) {
        this.nodeEvent(node, "RegisteredNode", `Node ${name} event: Registered Node ${name} in Controller`);
      }
    }
    for (const [name, node] of this.departures) {
      this.known.delete(name);
      this.zones.queues.get(zoneOf(node))?.forget(name);
      this.nodeEvent(node, "RemovingNode", `Node ${name} event: Removing Node ${name} from Controller`);
    }
    this.arrivals.clear();
    this.departures.clear();
  }

  private *look(health: NodeHealth, node: Node, isSilent: boolean, counts: Map<string, Count>): Steps {
    const found = isSilent ? yield* this.markSilent(health, node) : finding(node, node);
    const counted = counts.get(zoneOf(node));
    if (found === null) {
      // nothing is known of it: it counts neither way, and is looked at again at the next tick
      if (isCounted(node) && counted !== undefined) uncount(counted, node);
      this.health.watchUntil(health, this.context.engine.now + 1);
      return;
    }
    if (isCounted(node) && counted !== undefined && found.now !== "True" && readyCondition(node)?.status === "True") {
      counted.ready--;
      counted.notReady++;
    }
    health.isDown = found.now !== "True" && found.hasReady;
    if (found.hasReady) {
      yield* this.taint(found);
      const hasFallen = found.now !== "True" && found.before === "True";
      if (hasFallen) {
        const { name } = node.metadata;
        this.nodeEvent(node, "NodeNotReady", `Node ${name} status is now: NodeNotReady`);
      }
      if (hasFallen || (health.needsRetry && found.before !== "True")) {
        const pods: readonly Pod[] = podsByNode(this.context.informers).get(node.metadata.name);
        health.needsRetry = !(yield* markPodsNotReady(this.context, pods));
        if (health.needsRetry) return;
      }
    }
    health.needsRetry = false;
    const latest = this.nodes.cache.get(health.name);
    if (latest === undefined) return;
    this.suspect(latest);
    // the own cache lags behind, as after an outage: it will be taken for silent again at the next tick
    if (isSilent && found.now !== "True" && readyCondition(latest)?.status === "True") {
      this.health.watchUntil(health, this.context.engine.now + 1);
    }
  }

  /** Marks a silent node. null when that failed for good in this tick. */
  private *markSilent(health: NodeHealth, first: Node): Steps<Finding | null> {
    const { client, engine, life, timestamps } = this.context;
    let node = first;
    for (let attempt = 0; attempt <= ATTEMPTS; attempt++) {
      if (attempt > 0) {
        yield (resume) => life.after(ATTEMPT_PAUSE_MICROS, () => resume(undefined));
        const fresh = yield* ask<Node | ApiError>((done) => client.get("nodes", health.name, done));
        if (fresh instanceof ApiError) return null;
        node = fresh;
        if (this.health.isNews(health, node, engine.now)) return finding(node, node);
      }
      const silent = withUnknownConditions(node, timestamps.at(engine.now));
      if (readyCondition(silent) === readyCondition(node)) return finding(node, node);
      const answer = yield* ask<Node | ApiError>((done) => client.updateStatus("nodes", silent, done));
      if (!(answer instanceof ApiError)) return finding(node, answer);
    }
    return null;
  }

  private *taint({ node, now }: Finding): Steps {
    const { name } = node.metadata;
    const queue = this.zones.ensure(zoneOf(node));
    if (now === "True") {
      yield* this.release(node);
      return;
    }
    const [own, opposite] = now === "Unknown" ? [UNREACHABLE, NOT_READY] : [NOT_READY, UNREACHABLE];
    // one that is given up already stays so, for the right reason
    if (hasTaint(node, opposite.key, opposite.effect)) yield* this.writer.swap(node, [own], [opposite]);
    else if (queue.add(name)) this.queued();
  }

  private *release(node: Node): Steps {
    this.zones.queues.get(zoneOf(node))?.forget(node.metadata.name);
    yield* this.writer.remove(node, [UNREACHABLE]);
    yield* this.writer.remove(node, [NOT_READY]);
  }

  private *judgeZones(counts: ReadonlyMap<string, Count>, tainted: readonly Node[]): Steps {
    const { engine } = this.context;
    switch (this.zones.update(counts, engine.now)) {
      case "entersMasterDisruption": {
        const untainted = new Set(tainted.map(({ metadata }) => metadata.name));
        for (const name of this.suspects) {
          if (untainted.has(name)) continue;
          const node = this.nodes.cache.get(name);
          if (node !== undefined) this.zones.queues.get(zoneOf(node))?.forget(name);
        }
        for (const node of tainted) yield* this.release(node);
        return;
      }
      case "leavesMasterDisruption":
        for (const health of this.health.all()) health.probeMicros = engine.now;
        return;
      case "none":
    }
  }

  private nodeEvent(node: Node, reason: string, message: string): void {
    // Events on nodes name the node as its uid, as upstream's helper does
    const metadata = { name: node.metadata.name, uid: node.metadata.uid };
    this.context.events.event({ apiVersion: "v1", kind: "Node", metadata }, "Normal", reason, message);
  }
}

function isTainted(node: Node): boolean {
  return hasTaint(node, UNREACHABLE_TAINT, "NoExecute") || hasTaint(node, NOT_READY_TAINT, "NoExecute");
}

function uncount(count: Count, node: Node): void {
  if (readyCondition(node)?.status === "True") count.ready--;
  else count.notReady--;
}

function finding(before: Node, node: Node): Finding {
  const ready = readyCondition(node);
  return {
    node,
    before: readyCondition(before)?.status ?? "Unknown",
    now: ready?.status ?? "Unknown",
    hasReady: ready !== undefined,
  };
}

/** What a silent node's status is turned into; conditions that are Unknown already stay as they are. */
function withUnknownConditions(node: Node, now: string): Node {
  const conditions: NodeCondition[] = [];
  const missing = new Set(WATCHED_CONDITIONS);
  for (const condition of node.status?.conditions ?? []) {
    const isWatched = missing.delete(condition.type);
    if (!isWatched || condition.status === "Unknown") conditions.push(condition);
    else {
      conditions.push({
        ...condition,
        status: "Unknown",
        reason: "NodeStatusUnknown",
        message: "Kubelet stopped posting node status.",
        lastTransitionTime: now,
      });
    }
  }
  for (const type of WATCHED_CONDITIONS) {
    if (!missing.has(type)) continue;
    conditions.push({
      type,
      status: "Unknown",
      reason: "NodeStatusNeverUpdated",
      message: "Kubelet never posted node status.",
      lastHeartbeatTime: node.metadata.creationTimestamp,
      lastTransitionTime: now,
    });
  }
  return { ...node, status: { ...node.status, conditions } };
}
