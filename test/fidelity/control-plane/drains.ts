// Drains of a script, with the simulated kubectl: those that waited for another one to be done wait for it here as well, and so does what
// came after all of them.
import type { Client } from "../../../sim/apiserver/client.ts";
import type { Engine } from "../../../sim/engine/engine.ts";
import { Lifetime } from "../../../sim/engine/lifetime.ts";
import { runSteps } from "../../../sim/engine/steps.ts";
import { SECOND, type Tick } from "../../../sim/engine/tick.ts";
import { Command } from "../../../sim/kubectl/command.ts";
import { drain } from "../../../sim/kubectl/verbs/drain.ts";
import type { Action, DrainRow } from "./rows.ts";

export interface DrainsOptions {
  readonly engine: Engine;
  readonly client: Client;
  /** In seconds of the recording. */
  readonly now: () => number;
  readonly note: (action: Action) => void;
  readonly print: (row: DrainRow) => void;
  readonly perform: (action: Action) => void;
}

/** A drain that began so soon after another one was done had waited for it. */
const AT_ONCE_SECONDS = 0.1;
/** kubectl starts, reads its configuration and asks what the server has. */
const KUBECTL_START_MICROS = 100_000;

export class Drains {
  private readonly options: DrainsOptions;
  /** Steps by the node whose drain they wait for. */
  private readonly after = new Map<string, Action[]>();
  /** Steps that wait for all drains, with the seconds in between. */
  private readonly atLast: { readonly action: Action; readonly gap: number }[] = [];
  private readonly waiting = new Set<Action>();
  private open = 0;
  private left: number;

  constructor(actions: readonly Action[], options: DrainsOptions) {
    this.options = options;
    const ends = actions.filter(({ action }) => action === "drainDone");
    const last = ends.at(-1);
    this.left = ends.length;
    for (const action of actions) {
      if (action.action === "kubectl drain") {
        const before = ends.find(({ t }) => action.t >= t && action.t - t < AT_ONCE_SECONDS);
        if (before?.node === undefined) continue;
        this.after.set(before.node, [...(this.after.get(before.node) ?? []), action]);
        this.waiting.add(action);
      } else if (action.action === "uncordon" && last !== undefined && action.t > last.t) {
        this.atLast.push({ action, gap: action.t - last.t });
        this.waiting.add(action);
      }
    }
  }

  /** Does the step wait for a drain? Then it is performed when that is done. */
  follows(action: Action): boolean {
    return this.waiting.has(action);
  }

  begin(action: Action): void {
    const { client, engine, note, now, print } = this.options;
    const node = action.node ?? "";
    note({ ...action, t: now() });
    this.open++;
    const command = new Command({
      engine,
      life: new Lifetime(engine),
      client,
      print: (line) => print({ t: now(), node, line }),
    });
    const timeout = Number(/--timeout=(\d+)s/.exec(action.cmd ?? "")?.[1] ?? 0) * SECOND;
    engine.at((engine.now + KUBECTL_START_MICROS) as Tick, () =>
      runSteps(
        drain.run(command, {
          node: [node],
          selector: undefined,
          podSelector: undefined,
          ignoreDaemonsets: true,
          deleteEmptydirData: true,
          force: false,
          gracePeriod: undefined,
          timeout,
          disableEviction: false,
          skipWaitForDeleteTimeout: 0,
        } as never),
        () => this.done(node, command.failure === "" ? 0 : 1),
      ),
    );
  }

  private done(node: string, rc: number): void {
    const { engine, note, now, perform } = this.options;
    note({ t: now(), action: "drainDone", node, rc });
    this.open--;
    this.left--;
    for (const action of this.after.get(node) ?? []) this.begin(action);
    if (this.open > 0 || this.left > 0) return;
    for (const { action, gap } of this.atLast)
      engine.at((engine.now + Math.round(gap * SECOND)) as Tick, () => perform(action));
  }
}
