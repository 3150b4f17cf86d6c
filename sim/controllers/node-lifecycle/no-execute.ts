// Gives nodes up: lets those that wait have their NoExecute taint, zone by zone, at the zone's rate. Looks every 100 ms where
// something can be due. Source: behaviour of the node lifecycle controller of kube-controller-manager 1.36.
import type { SharedInformer } from "../../apiserver/shared-informer.ts";
import { runSteps, type Steps } from "../../engine/steps.ts";
import { MILLISECOND } from "../../engine/tick.ts";
import type { ControllerContext } from "../framework/controller.ts";
import { Calendar } from "./calendar.ts";
import type { ZoneStates } from "./disruption.ts";
import { readyCondition } from "./health.ts";
import { NOT_READY, UNREACHABLE } from "./monitor.ts";
import type { TaintQueue } from "./taint-queue.ts";
import type { TaintWriter } from "./taint-writer.ts";

const PERIOD_MICROS = 100 * MILLISECOND;

export class NoExecuteTainter {
  private readonly context: ControllerContext;
  private readonly zones: () => ZoneStates;
  private readonly writer: TaintWriter;
  private readonly nodes: SharedInformer<"nodes">;
  private readonly calendar: Calendar;

  constructor(context: ControllerContext, writer: TaintWriter, zones: () => ZoneStates) {
    this.context = context;
    this.zones = zones;
    this.writer = writer;
    this.nodes = context.informers.of("nodes");
    this.calendar = new Calendar({
      life: context.life,
      periodMicros: PERIOD_MICROS,
      pass: (done) => runSteps(this.pass(), done),
      wantedMicros: () => {
        let wanted = Number.POSITIVE_INFINITY;
        for (const queue of this.zones().queues.values()) wanted = Math.min(wanted, queue.nextMicros);
        return wanted;
      },
    });
  }

  /** To be called when a node was queued or a rate has changed. */
  plan(): void {
    this.calendar.plan();
  }

  private *pass(): Steps {
    for (const queue of [...this.zones().queues.values()]) {
      for (;;) {
        const name = queue.take(this.context.engine.now);
        if (name === undefined) break;
        yield* this.taint(queue, name);
      }
    }
  }

  private *taint(queue: TaintQueue, name: string): Steps {
    const node = this.nodes.cache.get(name);
    const status = node === undefined ? undefined : readyCondition(node)?.status;
    // gone, or ready again by now
    if (node === undefined || (status !== "Unknown" && status !== "False")) return;
    const [own, opposite] = status === "Unknown" ? [UNREACHABLE, NOT_READY] : [NOT_READY, UNREACHABLE];
    if (!(yield* this.writer.swap(node, [own], [opposite]))) queue.putBack(name);
  }
}
