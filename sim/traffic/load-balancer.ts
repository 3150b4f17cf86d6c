// The cloud's load balancer in front of the nodes: it sends new connections to the nodes whose health check it believes to be good, and
// finds out about a dead or revived node some checks later. All nodes begin healthy; new ones after the checks that it takes.
import type { Engine, EventHandle } from "../engine/engine.ts";
import type { Tick } from "../engine/tick.ts";
import type { LoadBalancerPlan } from "../model/traffic-plan.ts";

export class LoadBalancer {
  private readonly engine: Engine;
  private readonly plan: LoadBalancerPlan;
  private readonly changed: (node: string) => void;
  private readonly healthy = new Set<string>();
  private readonly pending = new Map<string, EventHandle>();

  /** @param changed a node is sent requests from now on, or no longer */
  constructor(engine: Engine, plan: LoadBalancerPlan, changed: (node: string) => void) {
    this.engine = engine;
    this.plan = plan;
    this.changed = changed;
  }

  isHealthy(node: string): boolean {
    return this.healthy.has(node);
  }

  /** A node of the cluster when the run begins: known for long. */
  settled(node: string): void {
    this.healthy.add(node);
  }

  /** What checks of the node find from now on. */
  answers(node: string, isGood: boolean): void {
    const pending = this.pending.get(node);
    if (pending !== undefined) this.engine.cancel(pending);
    this.pending.delete(node);
    if (isGood === this.healthy.has(node)) return;
    const { healthyChecks, intervalMicros, unhealthyChecks } = this.plan;
    const checks = isGood ? healthyChecks : unhealthyChecks;
    // each node is checked at moments of its own
    const phase = this.engine.stream(`traffic/load-balancer/${node}`).int(intervalMicros);
    const first = intervalMicros - ((this.engine.now + intervalMicros - phase) % intervalMicros);
    const atMicros = this.engine.now + first + (checks - 1) * intervalMicros;
    this.pending.set(
      node,
      this.engine.at(atMicros as Tick, () => {
        this.pending.delete(node);
        if (isGood) this.healthy.add(node);
        else this.healthy.delete(node);
        this.changed(node);
      }),
    );
  }

  /** The node has left the cluster: it is taken out of the list. */
  removed(node: string): void {
    const pending = this.pending.get(node);
    if (pending !== undefined) this.engine.cancel(pending);
    this.pending.delete(node);
    if (this.healthy.delete(node)) this.changed(node);
  }
}
