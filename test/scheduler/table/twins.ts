// The node table against the plain evaluation, for tests: two schedulers live through the same random history of pods, nodes, services
// and nominations, one with the table and one without, and must take the same decisions with the same totals and texts.
import * as assert from "uvu/assert";
import { createStream } from "../../../sim/engine/random.ts";
import type { Node, Pod } from "../../../sim/model/objects.ts";
import type { TieBreak } from "../../../sim/scheduler/ranking.ts";
import { Scheduler } from "../../../sim/scheduler/scheduler.ts";
import type { PodInfo } from "../../../sim/scheduler/shape.ts";
import { Snapshot } from "../../../sim/scheduler/snapshot.ts";
import { schedulerConfiguration, VARIANTS } from "./configurations.ts";
import { History, type Traits, USUAL } from "./history.ts";

/** What one history is like, besides its random course. */
export interface Situation {
  readonly seed: number;
  readonly nodes: number;
  readonly steps: number;
  readonly tieBreak: TieBreak;
  /** percentageOfNodesToScore */
  readonly percentage: number;
  readonly variant: string;
  /** Variant of a second profile. */
  readonly second?: string;
  readonly traits?: Partial<Traits>;
  /** Memory for the caches of the table, to see them evicted. */
  readonly tableBytes?: number;
}

/** One of the two schedulers with the pods that it placed. */
class Twin {
  readonly snapshot = new Snapshot();
  readonly scheduler: Scheduler;
  readonly placed = new Map<string, PodInfo>();
  /** Nominated pods that wait for their next attempt, by name. */
  readonly waiting = new Map<string, PodInfo>();

  constructor(plain: boolean, { seed, tieBreak, percentage, variant, second, tableBytes }: Situation) {
    this.scheduler = new Scheduler({
      configuration: schedulerConfiguration(variant, percentage, second),
      snapshot: this.snapshot,
      tieBreak,
      stream: createStream(seed, "ties"),
      plain,
      tableBytes,
    });
  }

  /** @returns everything about the attempt as text */
  attempt(pod: Pod): string {
    // a pod that was nominated is tried again as the same pod
    return this.try(this.waiting.get(pod.metadata.name) ?? this.snapshot.info(pod));
  }

  private try(info: PodInfo): string {
    info.startTimeMicros = this.placed.size;
    const a = this.scheduler.attempt(info);
    const victims = a.victims.map((v) => v.key);
    for (const victim of a.victims) {
      this.snapshot.removePod(victim);
      this.placed.delete(victim.key);
    }
    const { name } = info.pod.metadata;
    this.waiting.delete(name);
    if (a.nodeName !== null) this.placed.set(info.key, info);
    else if (info.nominatedNodeName !== "") this.waiting.set(name, info);
    return JSON.stringify([
      a.outcome,
      a.nodeName,
      a.score,
      a.feasibleCount,
      a.evaluatedCount,
      a.message,
      a.nominatedNodeName,
      victims,
      [...a.rejectors].sort(),
      [...a.statuses].sort(),
      this.scheduler.startIndex,
    ]);
  }

  remove(key: string): void {
    this.snapshot.removePod(this.placed.get(key) as PodInfo);
    this.placed.delete(key);
  }

  /** Another version of a placed pod takes its place. */
  change(key: string, pod: Pod): void {
    const old = this.placed.get(key) as PodInfo;
    const info = this.snapshot.info(pod);
    info.nodeName = old.nodeName;
    info.startTimeMicros = old.startTimeMicros;
    this.snapshot.removePod(old);
    this.snapshot.addPod(info);
    this.placed.set(key, info);
  }

  /** Binding fails, and the pod is tried again. */
  forget(key: string): string {
    const info = this.placed.get(key) as PodInfo;
    this.placed.delete(key);
    this.scheduler.forget(info);
    return this.try(info);
  }

  nominate(pod: Pod, nodeName: string): void {
    const info = this.snapshot.info(pod);
    this.snapshot.nominate(info, nodeName);
    this.waiting.set(pod.metadata.name, info);
  }

  /** @param forNominated are pods nominated there told? Otherwise they stay nominated to a node that is gone. */
  dropNode(name: string, forNominated: boolean): void {
    for (const pod of [...(this.snapshot.node(name)?.pods ?? [])]) this.remove(pod.key);
    if (forNominated) {
      for (const pod of [...(this.snapshot.nominated.get(name) ?? [])]) {
        this.snapshot.clearNomination(pod);
        this.waiting.delete(pod.pod.metadata.name);
      }
    }
    this.snapshot.removeNode(name);
  }
}

export interface Lived {
  readonly attempts: number;
  readonly scheduled: number;
  /** Attempts that the table decided. */
  readonly served: number;
}

const MOST_NODES = 450;

/** One history; throws at the first decision that differs. */
export class TwinRun {
  private readonly situation: Situation;
  private readonly history: History;
  private readonly table: Twin;
  private readonly plain: Twin;
  private readonly gone: string[] = [];
  private burst = { template: 0, left: 0 };
  private step = 0;
  private attempts = 0;
  private scheduled = 0;

  constructor(situation: Situation) {
    this.situation = situation;
    const schedulers = situation.second === undefined ? USUAL.schedulers : ["default-scheduler", "second"];
    this.history = new History(situation.seed, { ...USUAL, schedulers, ...situation.traits });
    this.table = new Twin(false, situation);
    this.plain = new Twin(true, situation);
    this.both((t) => t.snapshot.setNamespace({ metadata: { name: "default", labels: { team: "t" } } }));
    this.both((t) => t.snapshot.setNamespace({ metadata: { name: "other" } }));
    this.addNodes(situation.nodes);
  }

  get lived(): Lived {
    return { attempts: this.attempts, scheduled: this.scheduled, served: this.table.scheduler.tableCycles };
  }

  addNodes(count: number): void {
    for (let i = 0; i < count; i++) this.addNode(this.history.node());
  }

  run(): Lived {
    for (let i = 0; i < this.situation.steps; i++, this.step++) this.act();
    return this.lived;
  }

  private both(act: (twin: Twin) => void): void {
    act(this.table);
    act(this.plain);
  }

  private agree(act: (twin: Twin) => string, what: string): void {
    const { seed, nodes, steps, ...others } = this.situation;
    const said = act(this.table);
    assert.is(
      said,
      act(this.plain),
      `seed ${seed}, ${nodes} nodes, ${JSON.stringify(others)}: step ${this.step} of ${steps}, ${what}`,
    );
    this.attempts++;
    if (said.startsWith('["scheduled"')) this.scheduled++;
  }

  private try(pod: Pod): void {
    this.agree((t) => t.attempt(pod), `${pod.metadata.name} ${JSON.stringify(pod.spec)}`);
  }

  private act(): void {
    const { history, burst } = this;
    if (burst.left > 0 && history.chance(0.9)) {
      // several of one kind in a row, and nodes that come and go in between: hints of the last cycle name them
      burst.left--;
      if (history.chance(0.2)) this.changeNodes(20 + history.int(25));
      this.try(history.pod(burst.template));
      return;
    }
    const draw = history.int(1000);
    if (draw < 700) {
      const waiting = [...this.table.waiting.values()];
      this.try(waiting.length > 0 && history.chance(0.3) ? history.pick(waiting).pod : history.pod());
    } else if (draw < 740) this.burst = { template: history.int(16), left: 8 };
    else if (draw < 830) this.onPlaced((key) => this.both((t) => t.remove(key)));
    else if (draw < 855) {
      this.onPlaced((key, info) => {
        const pod = history.changed(info.pod);
        this.both((t) => t.change(key, pod));
      });
    } else if (draw < 870) this.onPlaced((key) => this.agree((t) => t.forget(key), `${key} again`));
    else if (draw < 885) this.nominate();
    else if (draw < 960) this.changeNodes(draw - 885);
    else this.changeObjects();
  }

  private onPlaced(act: (key: string, info: PodInfo) => void): void {
    const { placed } = this.table;
    if (placed.size === 0) return;
    const key = this.history.pick([...placed.keys()]);
    act(key, placed.get(key) as PodInfo);
  }

  private nominate(): void {
    const { history, gone } = this;
    const back = gone.length > 0 && history.chance(0.3) ? history.pick(gone) : null;
    for (let i = history.int(3); i >= 0; i--) {
      const pod = history.pod();
      const name = back ?? this.anyNode();
      if (pod.spec.nodeName === undefined) this.both((t) => t.nominate(pod, name));
    }
    if (back === null) return;
    gone.splice(gone.indexOf(back), 1);
    this.addNode(history.node(back));
  }

  /** @param draw 0 … 74 */
  private changeNodes(draw: number): void {
    const { history, gone } = this;
    if (draw < 15) this.addNode(history.node());
    else if (draw < 20) {
      // beyond the capacity of the table's columns
      for (let i = 0; i < 40 && history.nodes.size < MOST_NODES; i++) this.addNode(history.node());
    } else if (draw < 32 && history.nodes.size > 2) {
      const name = this.anyNode();
      const forNominated = history.chance(0.5);
      history.nodes.delete(name);
      gone.push(name);
      this.both((t) => t.dropNode(name, forNominated));
    } else if (draw < 45) {
      const name = gone.pop();
      if (name !== undefined) this.addNode(history.node(name));
    } else if (draw < 73) this.updateNode();
    // more than the logs of changes hold
    else for (let i = 0; i < 300; i++) this.updateNode();
  }

  private changeObjects(): void {
    const { history } = this;
    const draw = history.int(10);
    if (draw < 4) {
      const services = history.services();
      this.both((t) => t.snapshot.setObjects("services", services));
    } else if (draw < 6) {
      const replicaSets = history.replicaSets();
      this.both((t) => t.snapshot.setObjects("replicaSets", replicaSets));
    } else if (draw < 9) {
      const name = history.pick(["other", "late"]);
      const labels: Record<string, string> = history.chance(0.5) ? { team: "t" } : {};
      this.both((t) => t.snapshot.setNamespace({ metadata: { name, labels } }));
    } else this.both((t) => t.snapshot.removeNamespace("late"));
  }

  private anyNode(): string {
    return this.history.pick([...this.history.nodes.keys()]);
  }

  private addNode(node: Node): void {
    this.history.nodes.set(node.metadata.name, node);
    this.both((t) => t.snapshot.addNode(node));
  }

  private updateNode(): void {
    const node = this.history.node(this.anyNode());
    this.history.nodes.set(node.metadata.name, node);
    this.both((t) => t.snapshot.updateNode(node));
  }
}

export const TIE_BREAKS: readonly TieBreak[] = ["heap", "first", "seeded"];
/** percentageOfNodesToScore; 0 = adaptive. */
export const PERCENTAGES = [100, 0, 30] as const;

/** The situation of a seed: every kind of cluster comes up once in a while. */
export function situationOf(seed: number, tieBreak: TieBreak, percentage: number): Situation {
  const random = createStream(seed, "situation");
  const rarely = (value: number) => (random.int(4) === 0 ? value : 0);
  const manyRacks = percentage === 100 && random.int(12) === 0;
  // a search looks for a hundred feasible nodes at least
  const nodes = percentage === 100 ? 4 + 3 * (seed % 60) : (percentage === 0 ? 105 : 340) + (seed % 60);
  return {
    seed,
    nodes: manyRacks ? 400 : nodes,
    steps: manyRacks || percentage === 30 ? 120 : percentage === 100 ? 250 : 160,
    tieBreak,
    percentage,
    variant: VARIANTS[seed % VARIANTS.length] as string,
    second: random.int(4) === 0 ? (VARIANTS[random.int(VARIANTS.length)] as string) : undefined,
    traits: {
      racks: manyRacks ? 300 : 6 + rarely(20),
      sharedHostnames: rarely(0.2),
      sharedFrom: seed % 2 === 0 ? 0 : nodes,
      emptyZones: rarely(0.3),
      tinyNodes: rarely(0.8),
      oddPods: rarely(0.2),
    },
    tableBytes: random.int(5) === 0 ? 30_000 : undefined,
  };
}

/** Lives through one history per seed; throws at the first decision that differs. */
export function compare(tieBreak: TieBreak, percentage: number, firstSeed: number, lastSeed: number): Lived {
  const sum = { attempts: 0, scheduled: 0, served: 0 };
  for (let seed = firstSeed; seed <= lastSeed; seed++) {
    const lived = new TwinRun(situationOf(seed, tieBreak, percentage)).run();
    sum.attempts += lived.attempts;
    sum.scheduled += lived.scheduled;
    sum.served += lived.served;
  }
  return sum;
}
