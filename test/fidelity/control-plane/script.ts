// Does to a simulated cluster what the script of a recording did to the real one, at the same times, and notes what came of it.
import {
  ApiError,
  type ApiKind,
  type ApiObject,
  type Client,
  type DeleteOptions,
} from "../../../sim/apiserver/client.ts";
import type { Cluster } from "../../../sim/cluster.ts";
import { SECOND, type Tick } from "../../../sim/engine/tick.ts";
import type { KubernetesObject, Pod } from "../../../sim/model/objects.ts";
import { Drains } from "./drains.ts";
import { mergePatch } from "./merge-patch.ts";
import { MetricsStub } from "./metrics-stub.ts";
import { isStep } from "./phases.ts";
import type { Recording } from "./recordings.ts";
import type { Action, DrainRow, NodeRow } from "./rows.ts";
import { seconds } from "./statistics.ts";
import { listOf, Templates } from "./templates.ts";
import type { NodeFailure, ProcessChange, World } from "./world.ts";

/** Answers came a little later than the requests, and it is they whose time was noted. */
const ANSWER_SECONDS = 0.006;

export class Script {
  /** What was done, as the recording notes it. */
  readonly actions: Action[] = [];
  readonly nodes: NodeRow[] = [];
  readonly drain: DrainRow[] = [];
  private readonly recording: Recording;
  private readonly cluster: Cluster;
  private readonly client: Client;
  private readonly world: World;
  private readonly zero: number;
  private readonly templates: Templates;
  private readonly metrics: MetricsStub;
  private readonly drains: Drains;
  private readonly downMembers: string[] = [];
  private readonly killed: { name: string; mode: NodeFailure }[] = [];

  constructor(recording: Recording, cluster: Cluster, world: World, client: Client, zero: number) {
    this.recording = recording;
    this.cluster = cluster;
    this.world = world;
    this.client = client;
    this.zero = zero;
    this.drains = new Drains(recording.meta.actions, {
      engine: cluster.engine,
      client,
      now: () => this.now,
      note: (action) => this.note(action),
      print: (row) => this.drain.push(row),
      perform: (action) => this.perform(action),
    });
    this.metrics = new MetricsStub(cluster);
    this.templates = new Templates(recording.meta.manifests);
  }

  /** Arranges everything. Before the run. */
  arm(): void {
    for (const action of this.recording.meta.actions) {
      if (!isStep(action) || this.drains.follows(action)) continue;
      this.at(Math.max(0, action.t - ANSWER_SECONDS), () => this.perform(action));
    }
    // leaders that were stopped by hand are started by hand
    for (const action of this.recording.meta.actions) {
      if (action.action === "componentRestarted" && this.isByHand)
        this.at(action.t, () => this.world.startComponents());
    }
    this.world.watchProcesses(this.zero);
    this.armUnwritten();
  }

  /** Everything that was done or came to pass, in order of time. */
  outcome(): Action[] {
    const changes = this.world.changes.map(
      (change): Action => ({
        t: seconds((change.atMicros - this.zero) / SECOND),
        action: this.nameOf(change),
        ...(change.component === "apiserver" ? {} : { component: change.component }),
        ...(change.change === "exited" ? { rc: 1 } : {}),
      }),
    );
    return [...this.actions, ...changes].sort((a, b) => a.t - b.t);
  }

  private nameOf({ change, component }: ProcessChange): string {
    if (component === "apiserver") return change === "exited" ? "apiserverExited" : "apiserverReady";
    if (change === "restarted") return "componentRestarted";
    return this.isByHand ? "exited" : "componentExited";
  }

  private get isByHand(): boolean {
    return this.recording.meta.actions.some(({ action }) => action === "stopLeader");
  }

  private at(t: number, then: () => void): void {
    this.cluster.engine.at(Math.round(this.zero + t * SECOND) as Tick, then);
  }

  private get now(): number {
    return seconds((this.world.nowMicros - this.zero) / SECOND);
  }

  private note(action: Action, more: Partial<Action> = {}): void {
    this.actions.push({ ...action, ...more });
  }

  private perform(action: Action): void {
    switch (action.action) {
      case "create":
        this.create(action);
        return;
      case "delete":
        this.delete(action);
        return;
      case "killNode":
      case "killNodes":
        this.kill(action);
        return;
      case "restoreNode":
      case "restoreAll":
        this.restore(action);
        return;
      case "setTotalLoadMilli":
        this.metrics.setTotal(action.milli ?? 0);
        this.note(action, { t: this.now });
        return;
      case "kill -9 etcd":
        this.killEtcd(action);
        return;
      case "etcdRestarted":
        for (const name of this.downMembers.splice(0)) this.world.etcd.start(name);
        this.note(action, { t: this.now });
        return;
      case "stopLeader":
        this.note(action, { t: this.now });
        this.world.stopLeader((action.component ?? "").replace(/\d+$/, ""), action.how === "SIGTERM");
        return;
      case "stopApiserver":
        this.note(action, { t: this.now });
        this.world.stopApiServer(action.how === "SIGTERM");
        return;
      case "apiserverStarted":
        this.world.startApiServer();
        this.note(action, { t: this.now });
        return;
      case "kubectl drain":
        this.drains.begin(action);
        return;
      case "patchPDB":
        this.patch(action, "PodDisruptionBudget", "default", action.name ?? "", { spec: action.spec });
        return;
      case "raiseQuota":
        this.patch(action, "ResourceQuota", "quota", "q", { spec: { hard: texts(action.hard) } });
        return;
      default:
        if (action.patch !== undefined)
          this.patch(action, action.kind ?? "", action.ns ?? "", action.name ?? "", action.patch);
        else this.note(action);
    }
  }

  // --- requests ---

  private create(action: Action): void {
    const kind = action.kind ?? "";
    const object = this.templates.object(kind, action.name ?? "", action.ns ?? "default");
    this.client.create(listOf(kind), object, (answer) => {
      if (answer instanceof ApiError) this.note(action, { t: this.now, code: answer.code, error: answer.message });
      else this.note(action, { t: this.now, code: 201 });
    });
  }

  private patch(action: Action, kind: string, ns: string, name: string, patch: unknown): void {
    const list = listOf(kind);
    this.client.patch(
      list,
      keyOf(list, ns, name),
      (before) => mergePatch(before, patch) as ApiObject,
      () => this.note(action, { t: this.now }),
    );
  }

  private delete(action: Action): void {
    const list = listOf(action.kind ?? "");
    const { gracePeriodSeconds, propagationPolicy } = (action.options ?? {}) as DeleteOptions;
    const options: DeleteOptions = {
      ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
      ...(propagationPolicy === undefined ? {} : { propagationPolicy }),
    };
    const name = this.sameOf(action);
    if (name === null) {
      this.note(action);
      return;
    }
    this.client.delete(list, keyOf(list, action.ns ?? "", name), options, () => this.note(action, { t: this.now }));
  }

  /** The object in the place of the recorded one: of pods with drawn names, the one of the same owner and rank. */
  private sameOf(action: Action): string | null {
    const name = action.name ?? "";
    if (action.kind !== "Pod") return name;
    const recorded = this.recording.timeline.events.find((row) => row.k === "Pod" && row.n === name && row.e === "A");
    if (recorded?.own?.startsWith("Job/") !== true) return name;
    const seen = [
      ...new Set(
        this.recording.timeline.events
          .filter((row) => row.k === "Pod" && row.own === recorded.own && row.e === "A")
          .map((row) => row.n),
      ),
    ];
    const rank = seen.indexOf(name);
    const own = this.pods().filter(({ metadata }) => ownerOf(metadata) === recorded.own);
    return own[rank]?.metadata.name ?? null;
  }

  private pods(): Pod[] {
    return this.cluster.controlPlane.api.list("pods");
  }

  // --- nodes ---

  private kill(action: Action): void {
    const mode = (action.mode ?? /mode=(\w+)/.exec(action.request ?? "")?.[1] ?? "partition") as NodeFailure;
    const names = this.nodesToKill(action);
    for (const name of names) {
      this.world.failNode(name, mode);
      this.killed.push({ name, mode });
      this.nodes.push({ t: this.now, ev: "kill", node: name, mode });
    }
    this.note(action, {
      t: this.now,
      ...(action.podsOnNodes === undefined ? {} : { podsOnNodes: this.podsOn(names) }),
    });
  }

  private nodesToKill(action: Action): string[] {
    const recorded = this.recording.timeline.nodes
      .filter(({ ev, t }) => ev === "kill" && Math.abs(t - action.t) < 2)
      .map(({ node }) => node);
    const pod = action.pods?.[0];
    if (pod !== undefined) {
      const node = this.pods().find(({ metadata }) => metadata.name === pod)?.spec.nodeName;
      return node === undefined ? recorded : [node];
    }
    const wanted = action.podsOnNodes;
    if (wanted === undefined || recorded.length !== 1 || this.podsOn(recorded) === wanted) return recorded;
    // where pods land is another question: a node that has as many
    const like = this.cluster.controlPlane.api
      .list("nodes")
      .find(({ metadata }) => this.podsOn([metadata.name]) === wanted);
    return like === undefined ? recorded : [like.metadata.name];
  }

  private podsOn(nodes: readonly string[]): number {
    return this.pods().filter(({ spec }) => nodes.includes(spec.nodeName ?? "")).length;
  }

  private restore(action: Action): void {
    for (const { name, mode } of this.killed.splice(0)) {
      this.world.restoreNode(name, mode);
      this.nodes.push({ t: this.now, ev: "restore", node: name, mode });
    }
    this.note(action, { t: this.now });
  }

  // --- etcd ---

  /** As many members as were killed, the leader among them where it was. */
  private killEtcd(action: Action): void {
    const members = this.world.etcd.members();
    const leader = members.find(({ role }) => role === "leader");
    const others = members.filter(({ role }) => role !== "leader");
    const recorded = action.members ?? [];
    const victims = [
      ...(recorded.includes(action.leaderWas ?? "") && leader !== undefined ? [leader] : []),
      ...others,
    ].slice(0, recorded.length);
    for (const { name } of victims) {
      this.world.etcd.crash(name);
      this.downMembers.push(name);
    }
    this.note(action, { t: this.now, members: victims.map(({ name }) => name), leaderWas: leader?.name ?? "" });
  }

  // --- what scripts did without noting it ---

  /** Deployments that come and go all the time while leaders are stopped. */
  private armUnwritten(): void {
    const written = new Set(this.recording.meta.actions.map(({ kind, name }) => `${kind}/${name}`));
    for (const row of this.recording.timeline.events) {
      if (row.k !== "Deployment" || row.n === undefined || written.has(`Deployment/${row.n}`)) continue;
      const { n, ns = "default", t } = row;
      if (row.e === "A")
        this.at(t - ANSWER_SECONDS, () =>
          this.client.create("deployments", this.templates.object("Deployment", n, ns) as never),
        );
      else if (row.e === "D") this.at(t - ANSWER_SECONDS, () => this.client.delete("deployments", `${ns}/${n}`, {}));
    }
  }
}

function keyOf(kind: ApiKind, ns: string, name: string): string {
  return kind === "nodes" || kind === "namespaces" ? name : `${ns === "" ? "default" : ns}/${name}`;
}

function ownerOf(metadata: KubernetesObject["metadata"]): string {
  const owner = metadata.ownerReferences?.find((reference) => reference.controller === true);
  return owner === undefined ? "" : `${owner.kind}/${owner.name}`;
}

function texts(values: unknown): Record<string, string> {
  return Object.fromEntries(Object.entries(values as object).map(([key, value]) => [key, String(value)]));
}
