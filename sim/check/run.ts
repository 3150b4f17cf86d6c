// One seed from start to end: the cluster, its clients and its faults for a time, then everything heals and must work again. After
// every event, whatever changed in any member is checked.
import { AssertionError } from "../engine/assert.ts";
import { Engine } from "../engine/engine.ts";
import type { RandomStream } from "../engine/random.ts";
import type { Tick } from "../engine/tick.ts";
import { EtcdCluster } from "../etcd/cluster.ts";
import type { Change } from "../etcd/conf-change.ts";
import type { DiskModel } from "../etcd/disk.ts";
import { EtcdError } from "../etcd/error.ts";
import type { EtcdMember } from "../etcd/member.ts";
import type { Command } from "../etcd/mvcc/command.ts";
import type { EtcdObserver, ObservedMember } from "../etcd/observer.ts";
import type { AlarmRequest, KeyRange, PutRequest, RangeRequest, WriteRequest } from "../etcd/request.ts";
import { Network } from "../network/network.ts";
import type { Entry } from "../raft/entry.ts";
import { Client, type ClientHost } from "./client.ts";
import { differs, type KvAnswer } from "./compare-answers.ts";
import { Faults } from "./faults.ts";
import { History } from "./history.ts";
import { ClientAnswers } from "./invariants/client-answers.ts";
import { Configurations } from "./invariants/configurations.ts";
import { LeaseLives } from "./invariants/lease-lives.ts";
import { DurableState, type MemberView } from "./invariants/member-view.ts";
import { RaftSafety } from "./invariants/raft-safety.ts";
import { Operator, type OperatorRequest } from "./operator.ts";
import type { SeedOutcome, Violation } from "./outcome.ts";
import { type Outcome, ReferenceStore } from "./reference-store.ts";
import type { DiskProfile, OperationKind, Setup } from "./setup.ts";
import { Sometimes } from "./sometimes.ts";
import { Transitions } from "./transitions.ts";
import { WatchClient, type WatchHost } from "./watch-client.ts";
import { World } from "./world.ts";

const DISKS: Readonly<Record<DiskProfile, DiskModel>> = {
  fast: "nvme",
  slow: "hdd",
  erratic: {
    fsyncMicros: { kind: "lognormal", mu: 7, sigma: 1.6 },
    writeBytesPerSecond: 1e8,
    readBytesPerSecond: 1e8,
  },
};
const ZONES = ["a", "b", "c"] as const;
const POLL_MICROS = 250_000;
/** All must work again this long after everything has healed: a snapshot that was lost is only missed after 30 s. */
const LIVENESS_MICROS = 90_000_000;
/** Longer than any request timeout. */
const ANSWER_MICROS = 20_000_000;
// a seed has some ten thousand; more than this is a loop that never ends
const MAX_EVENTS = 3_000_000;

/** What an entry must come to. */
interface Expected {
  readonly outcome: Outcome;
  readonly revision: number;
  /** Keys that it changes, each as often as it does. */
  readonly changes: number;
}

export class Run implements ClientHost, WatchHost {
  readonly engine: Engine;
  readonly setup: Setup;
  readonly answers: ClientAnswers;
  readonly history: History;
  readonly leases: LeaseLives;
  readonly sometimes = new Sometimes();
  readonly keys: readonly string[];
  readonly leasedKeys: readonly string[] = ["m0", "m1", "m2"];
  readonly store = new ReferenceStore();
  readonly cluster: EtcdCluster;
  readonly world: World;
  readonly faults: Faults;
  readonly safety: RaftSafety;
  /** What happened, line by line; only kept when asked for. */
  readonly lines: string[] = [];
  private readonly network: Network;
  private readonly keepsStory: boolean;
  private readonly configurations = new Configurations();
  private readonly views: MemberView[] = [];
  private readonly viewOf = new Map<number, MemberView>();
  private readonly transitions: Transitions;
  private readonly clients: Client[] = [];
  private readonly watches: { client: number; readonly watch: WatchClient }[] = [];
  private readonly operator: Operator;
  /** What each entry must come to, by index. */
  private readonly outcomes = new Map<number, Expected>();
  private appliedIndex = 0;
  private uniques = 0;
  private begun = 0;
  private isDone = false;
  private violation: Violation | null = null;

  constructor(setup: Setup, keepsStory: boolean) {
    this.setup = setup;
    this.keepsStory = keepsStory;
    this.engine = new Engine({ seed: setup.seed });
    const report = (invariant: string, detail: string) => this.report(invariant, detail);
    this.answers = new ClientAnswers(report, this.store);
    this.keys = Array.from({ length: setup.keys }, (_, i) => `k${i}`);
    this.history = new History(this.keys);
    this.leases = new LeaseLives(report, fastestClock(setup));
    this.network = new Network(this.engine, { transport: setup.transport });
    this.cluster = this.makeCluster();
    this.world = new World({
      engine: this.engine,
      setup,
      cluster: this.cluster,
      network: this.network,
      confAt: () => this.configurations.latest,
      story: (line) => this.story(line),
    });
    this.faults = new Faults(this.engine, this.world, this.sometimes, setup.faults);
    this.transitions = new Transitions({
      faults: this.faults,
      sometimes: this.sometimes,
      world: this.world,
      preVote: setup.preVote,
      report,
      livingLeases: () => this.store.leases.size,
      story: (line) => this.story(line),
    });
    this.safety = new RaftSafety({
      report,
      configurations: this.configurations,
      members: () => this.views,
      onCommit: (entry) => this.committed(entry),
      countsOwnAtOnce: setup.version === "3.5",
    });
    this.operator = new Operator({
      engine: this.engine,
      cluster: this.cluster,
      configurations: this.configurations,
      prepared: (member) => {
        this.addView(member);
        this.world.echo.listen(member);
      },
    });
    for (const member of this.cluster.members) this.addView(member);
    for (let id = 0; id < setup.clients; id++) this.clients.push(new Client(id, this));
  }

  /** Runs the seed. */
  run(): SeedOutcome {
    const { engine, setup } = this;
    try {
      this.cluster.start();
      for (const client of this.clients) client.start();
      this.faults.start();
      engine.at(setup.faultMicros as Tick, () => this.heal());
      while (!this.isDone && engine.step()) {
        this.look();
        if (engine.eventsProcessed > MAX_EVENTS) this.report("comes to an end", `more than ${MAX_EVENTS} events`);
      }
      if (this.violation === null) this.checkHistory();
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      // a broken assertion, or a mistake that shows as another error: either is the model's
      const name = error instanceof AssertionError ? "assertion" : "exception";
      this.report(name, this.keepsStory ? (error.stack ?? error.message) : error.message);
    }
    return {
      seed: setup.seed,
      style: setup.style,
      members: setup.members,
      violation: this.violation,
      reached: this.sometimes.counts,
      simulatedMicros: engine.now,
      events: engine.eventsProcessed,
      operations: this.answers.operations.length,
      faults: this.faults.struck,
      digest: engine.digest.hex(),
    };
  }

  // --- ClientHost

  hasDeposedLeader(): boolean {
    // raft may have stepped down already while the server, which answers, waits for its disk and has not been told
    const believers = this.world
      .running()
      .filter((member) => member.raft.role === "leader" || member.process?.role === "leader");
    return believers.length > 1;
  }

  get leadersElected(): number {
    return this.transitions.leadersElected;
  }

  members(): readonly EtcdMember[] {
    return this.cluster.members.filter((member) => member.isAdded);
  }

  unique(): number {
    return ++this.uniques;
  }

  begin(): boolean {
    if (this.begun >= this.setup.operations) return false;
    this.begun++;
    return true;
  }

  look(): void {
    const { views } = this;
    for (let i = 0; i < views.length; i++) {
      const view = views[i]!;
      if (this.safety.look(view)) this.transitions.changed(this.cluster.members[i]!);
    }
  }

  after(micros: number, action: () => void): void {
    this.world.after(micros, action);
  }

  watch(client: number, member: EtcdMember, range: KeyRange, startRevision: number): void {
    const number = this.watches.length;
    const watch = new WatchClient({
      name: `watch ${number} of ${range.key}${range.rangeEnd === "" ? "" : `…${range.rangeEnd}`} from ${startRevision}`,
      range,
      startRevision,
      host: this,
      random: this.engine.stream(`check/watch/${number}`),
      report: (invariant, detail) => this.report(invariant, detail),
    });
    this.watches.push({ client, watch });
    watch.open(member);
  }

  unwatch(client: number): void {
    const at = this.watches.findIndex((one) => one.client === client);
    if (at === -1) return;
    // it stays in its place, so that numbers and streams do not move
    this.watches[at]!.watch.end();
    this.watches[at]!.client = -1;
  }

  operatorRequest(kind: OperationKind, random: RandomStream): OperatorRequest | null {
    const request = this.operator.request(kind, random);
    if (request?.request.kind === "moveLeader" && request.member !== undefined) {
      this.faults.changed("transfer", request.member);
    }
    return request;
  }

  story(line: () => string): void {
    if (this.keepsStory) this.lines.push(`${(this.engine.now / 1e6).toFixed(6)} s  ${line()}`);
  }

  // --- private

  private report(invariant: string, detail: string): void {
    if (this.violation !== null) return;
    this.violation = { invariant, detail, atMicros: this.engine.now };
    this.isDone = true;
    this.story(() => `violation of ${invariant}: ${detail}`);
  }

  private makeCluster(): EtcdCluster {
    const { setup, engine, network } = this;
    const members = Array.from({ length: setup.members }, (_, i) => {
      const zone = ZONES[i % ZONES.length]!;
      const name = `etcd-${i}`;
      const host = network.addHost(name, zone);
      return { name, zone, host, disk: DISKS[setup.disk], clockRate: setup.clockRates[i]! };
    });
    const options = {
      members,
      heartbeatMicros: setup.heartbeatMicros,
      electionMicros: setup.electionMicros,
      preVote: setup.preVote,
      snapshotCount: setup.snapshotCount,
      catchUpEntries: setup.catchUpEntries,
      quotaBytes: setup.quotaBytes,
      version: setup.version,
    };
    return new EtcdCluster(engine, network, options, this.observer());
  }

  private addView(member: EtcdMember): void {
    const { id, name } = member;
    const view: MemberView = {
      id,
      name,
      get raft() {
        return member.raft;
      },
      durable: new DurableState(),
    };
    this.views.push(view);
    this.viewOf.set(id, view);
  }

  private observer(): EtcdObserver {
    return {
      persisted: ({ id }, entries, hardState, snapshot) => {
        this.viewOf.get(id)!.durable.persist(hardState, entries, snapshot);
      },
      applied: (member, entry) => this.applied(member, entry),
      stopped: ({ id }) => {
        const member = this.cluster.memberById(id)!;
        for (const { watch } of this.watches) watch.memberStopped(member);
      },
      snapshotSent: ({ id }) => this.faults.changed("snapshot", this.cluster.memberById(id)!),
      snapshotReceived: ({ id }) => {
        this.sometimes.reached("snapshot received");
        this.faults.changed("snapshot", this.cluster.memberById(id)!);
      },
      started: ({ id }) => {
        const member = this.cluster.memberById(id)!;
        this.transitions.restarted(member);
      },
    };
  }

  private committed(entry: Entry): void {
    const { data, index } = entry;
    if (entry.change !== null) return this.changed(entry);
    if (data === null) return;
    const { request } = data as Command;
    if (request.kind === "publish" || request.kind === "leaseCheckpoint") return;
    const before = this.store.changes.length;
    const expected = this.answers.committed(index, request as WriteRequest | AlarmRequest);
    this.outcomes.set(index, { ...expected, changes: this.store.changes.length - before });
    if (request.kind === "leaseRevoke" && this.leases.ended(request.id, this.engine.now)) {
      this.sometimes.reached("lease expired");
    }
    const aim =
      request.kind === "compact"
        ? "compaction"
        : request.kind === "leaseGrant" || request.kind === "leaseRevoke"
          ? "lease"
          : null;
    const leader = aim === null ? null : this.cluster.leader();
    if (aim !== null && leader !== null) this.faults.changed(aim, leader);
  }

  /** A change of the membership is committed. */
  private changed({ data, index }: Entry): void {
    const { change } = data as Change;
    const { sometimes } = this;
    if (this.configurations.latest.index !== index) return sometimes.reached("configuration change refused");
    const leader = this.cluster.leader();
    if (change.change === "add") {
      if (this.cluster.memberById(change.id)?.isAdded === false) {
        sometimes.reached(change.isLearner ? "learner added" : "member added");
        this.operator.memberAdded(change.id);
      }
    } else if (change.change === "promote") sometimes.reached("learner promoted");
    else sometimes.reached(leader?.id === change.id ? "leader removed" : "member removed");
  }

  private applied({ id }: ObservedMember, { index, data }: Entry): void {
    this.look();
    const view = this.viewOf.get(id)!;
    this.safety.applied(view, index);
    if (index <= this.appliedIndex) return;
    this.appliedIndex = index;
    const expected = this.outcomes.get(index);
    if (expected === undefined) return;
    const { request, result } = data as Command;
    if (result === null) return this.report("state machine", `entry ${index} was applied without a result`);
    const { answer } = result;
    if (answer instanceof EtcdError !== (expected.outcome.kind === "refused")) {
      const what = answer instanceof EtcdError ? `refused (${answer.message})` : "done";
      return this.report("state machine", `entry ${index} (${request.kind}) was ${what}, expected was the contrary`);
    }
    if (result.revision !== expected.revision) {
      const detail = `entry ${index} (${request.kind}) led to revision ${result.revision}, expected was ${expected.revision}`;
      return this.report("revisions strictly increase", detail);
    }
    const changes = result.changesEnd - result.changesBegin;
    if (changes !== expected.changes) {
      const detail = `entry ${index} (${request.kind}) changed ${changes} keys, expected were ${expected.changes}`;
      return this.report("state machine", detail);
    }
    if (request.kind === "put" || request.kind === "deleteRange" || request.kind === "txn") {
      if (answer instanceof EtcdError) return;
      const wrong = differs(request, answer as KvAnswer, expected.outcome);
      if (wrong !== undefined) this.report("state machine", `entry ${index} (${request.kind}): ${wrong}`);
    }
  }

  /** Faults and workload are over: from now on everything must come right. */
  private heal(): void {
    this.story(() => "everything heals");
    if (this.present().some((member) => member.raft === null))
      this.sometimes.reached("all healed with members down before");
    for (const client of this.clients) client.stop();
    this.faults.heal();
    for (const { watch } of this.watches) watch.hurry();
    this.poll(this.engine.now + LIVENESS_MICROS);
  }

  private poll(deadline: number): void {
    const present = this.present();
    for (const member of present) this.world.restart(member);
    for (const { watch } of this.watches) watch.leave(present);
    const missing = this.missing();
    if (missing === null) return this.probe(deadline);
    if (this.engine.now >= deadline) {
      if (!this.isRemovalForgotten()) return this.report("liveness", missing);
      this.sometimes.reached("removal forgotten by a crash");
      this.isDone = true;
      return;
    }
    this.world.after(POLL_MICROS, () => this.poll(deadline));
  }

  /** Members of the newest configuration, as far as they were made. */
  private present(): EtcdMember[] {
    const { voters, learners } = this.configurations.latest;
    return this.cluster.members.filter(({ id }) => voters.includes(id) || learners.includes(id));
  }

  /**
   * A commit index is not synced by itself, and a member that is removed stops when it knows. When all others who know crash before
   * the next write, or never heard of it because the removed leader was cut off from them, they wait for a quorum that the removed
   * member is part of, which is gone: as with etcd, only an operator gets out of that.
   */
  private isRemovalForgotten(): boolean {
    if (this.cluster.leader() !== null) return false;
    const { voters } = this.configurations.latest;
    const running = this.world.running();
    return running.every(({ raft }) => {
      const believed = raft.tracker.conf.voters;
      const present = believed.filter((id) => running.some((member) => member.id === id)).length;
      return believed.some((id) => !voters.includes(id)) && 2 * present <= believed.length;
    });
  }

  /** What is not as it should be, in words; null when all members agree. */
  private missing(): string | null {
    const leader = this.cluster.leader();
    if (leader === null) return "there is no leader";
    const { committed } = leader.raft!.log;
    const { voters, learners } = this.configurations.latest;
    const present = this.present();
    if (present.length < voters.length + learners.length) return "a new member was not started";
    for (const member of present) {
      const { name, raft } = member;
      if (raft === null) return `${name} does not run`;
      if (!member.isServing || member.isLeaving) return `${name} does not serve`;
      if (raft.lead !== leader.id) return `${name} does not follow ${leader.name}`;
      if (raft.log.committed !== committed) return `${name} is at ${raft.log.committed} of ${committed}`;
      if (member.view.appliedIndex !== committed)
        return `${name} has applied ${member.view.appliedIndex} of ${committed}`;
    }
    const late = this.watches.find(({ watch }) => !watch.isCaughtUp());
    return late === undefined ? null : `watch ${this.watches.indexOf(late)} was not told everything`;
  }

  /** A write and a read at every member must succeed now. */
  private probe(deadline: number): void {
    const key = this.keys[0]!;
    const members = this.present().filter((member) => member.raft?.isLearner === false);
    let open = 2 * members.length;
    let failure: string | null = null;
    const done = (error: string | null) => {
      failure ??= error;
      if (--open > 0) return;
      if (failure === null) this.isDone = true;
      // an election may have come between: then they must succeed later, but in time
      else if (this.engine.now < deadline) this.poll(deadline);
      else this.report("liveness", failure);
    };
    for (const member of members) {
      this.ask(member, { kind: "put", key, value: this.unique(), valueBytes: 10, lease: 0 }, (error) => {
        this.ask(member, { kind: "range", key, rangeEnd: "", revision: 0, limit: 0 }, done);
        done(error);
      });
    }
    this.engine.at((Math.max(deadline, this.engine.now) + ANSWER_MICROS) as Tick, () => {
      if (open > 0) this.report("liveness", `${open} requests are not answered although all has healed`);
    });
  }

  private ask(member: EtcdMember, request: PutRequest | RangeRequest, done: (error: string | null) => void): void {
    const { answers, engine, history } = this;
    const operation = answers.invoked(-1, member.name, request, engine.now);
    member.call(request, {}, (answer) => {
      this.look();
      if (answer instanceof EtcdError) {
        if (!answers.failed(operation, answer, engine.now))
          history.add(operation.id, request, null, operation.invokedAt, Infinity);
        // a full database stays full
        const isFull = answer.message.includes("space exceeded");
        return done(
          isFull ? null : `${member.name} refuses a ${request.kind} although all has healed: ${answer.message}`,
        );
      }
      answers.answered(operation, answer as { readonly kind: string; readonly revision: number }, engine.now);
      history.add(operation.id, request, answer as KvAnswer, operation.invokedAt, engine.now);
      done(null);
    });
  }

  private checkHistory(): void {
    for (const { id, status, index, invokedAt, request } of this.answers.operations) {
      const isKv = request.kind === "put" || request.kind === "deleteRange" || request.kind === "txn";
      // the run is over before their clients have given up
      if (status === "open" && isKv) this.history.add(id, request, null, invokedAt, Infinity);
      if (status !== "unknown" || request.kind !== "put") continue;
      this.sometimes.reached(index > 0 ? "write without answer applied" : "write without answer lost");
    }
    const { failed } = this.history.check();
    if (failed !== null) {
      this.report("linearizability", `${failed.key}: ${this.history.describe(failed, 8)}`);
    }
  }
}

function fastestClock({ clockRates, faults }: Setup): number {
  const changes = faults.some((fault) => fault.kind === "clock");
  return Math.max(changes ? 2 : 1, ...clockRates);
}
