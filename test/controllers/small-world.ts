// A small world for controllers: an API server on a store in memory, the controllers that a test names, and toy nodes that run pods as
// the recordings' hollow nodes do (annotations kubedrill.io/pull, start, run, exit, stop, ready, fail-indexes, in seconds).
import { ApiError, type ApiKind, type ApiObject, type Client, keyOf } from "../../sim/apiserver/client.ts";
import { EventRecorder } from "../../sim/apiserver/event-recorder.ts";
import { ApiServer } from "../../sim/apiserver/server.ts";
import { SharedInformers } from "../../sim/apiserver/shared-informer.ts";
import type { Controller } from "../../sim/controllers/framework/controller.ts";
import { Engine } from "../../sim/engine/engine.ts";
import { Lifetime } from "../../sim/engine/lifetime.ts";
import { SECOND, type Tick } from "../../sim/engine/tick.ts";
import { Recorder } from "../../sim/metrics/recorder.ts";
import { type ControllerFlags, DEFAULT_CONTROLLER_FLAGS } from "../../sim/model/controller-flags.ts";
import { type EventObject, noObjects, type Pod } from "../../sim/model/objects.ts";
import { Timestamps, timestampAt } from "../../sim/model/timestamp.ts";
import { MemoryEtcd } from "../apiserver/memory-etcd.ts";

export interface Change {
  readonly t: number;
  readonly kind: ApiKind;
  readonly type: string;
  readonly object: ApiObject;
}

export class SmallWorld {
  readonly engine: Engine;
  readonly server: ApiServer;
  readonly client: Client;
  readonly life: Lifetime;
  readonly changes: Change[] = [];
  readonly refused: string[] = [];
  /** Bind and run pods? */
  private readonly started = new Set<string>();

  constructor(controllers: readonly Controller[], options: { flags?: Partial<ControllerFlags>; nodes?: boolean } = {}) {
    this.engine = new Engine({ seed: "1" });
    const etcd = new MemoryEtcd(this.engine, 1000);
    this.server = new ApiServer({
      engine: this.engine,
      etcd,
      kinds: Object.keys(noObjects()) as ApiKind[],
      requestLatencyMicros: { kind: "constant", value: 1000 },
      watchLatencyMicros: { kind: "constant", value: 1000 },
    });
    this.server.onChange((kind, type, object) =>
      this.changes.push({ t: this.engine.now / SECOND, kind, type, object }),
    );
    this.server.start();
    this.client = this.server.client("user");
    this.life = new Lifetime(this.engine);
    const informers = new SharedInformers(this.server.client("manager"), this.life);
    const timestamps = new Timestamps();
    for (const controller of controllers) {
      const client = this.server.client(controller.name);
      const context = {
        name: controller.name,
        engine: this.engine,
        life: this.life,
        client,
        informers,
        events: new EventRecorder(this.life, client, controller.name),
        recorder: new Recorder({ clock: () => this.engine.now, stepMicros: SECOND, maxEvents: 0 }),
        timestamps,
        flags: { ...DEFAULT_CONTROLLER_FLAGS, ...options.flags },
        stream: (purpose: string) => this.engine.stream(`controllers/${controller.name}/${purpose}`),
      };
      informers.afterSync(controller.watches, () => controller.start(context));
    }
    if (options.nodes !== false) this.runNodes();
  }

  create<K extends ApiKind>(kind: K, object: ApiObject<K>, atSeconds = this.engine.now / SECOND): void {
    this.at(atSeconds, () => this.client.create(kind, object, (answer) => this.note(answer)));
  }

  delete(kind: ApiKind, key: string, options = {}, atSeconds = this.engine.now / SECOND): void {
    this.at(atSeconds, () => this.client.delete(kind, key, options, (answer) => this.note(answer)));
  }

  patch<K extends ApiKind>(
    kind: K,
    key: string,
    patch: (before: ApiObject<K>) => ApiObject<K>,
    atSeconds = this.engine.now / SECOND,
  ): void {
    this.at(atSeconds, () => this.client.patch(kind, key, patch, (answer) => this.note(answer)));
  }

  patchStatus<K extends ApiKind>(
    kind: K,
    key: string,
    patch: (before: ApiObject<K>) => ApiObject<K>,
    atSeconds = this.engine.now / SECOND,
  ): void {
    this.at(atSeconds, () => this.client.patchStatus(kind, key, patch, (answer) => this.note(answer)));
  }

  at(seconds: number, then: () => void): void {
    const tick = Math.round(seconds * SECOND);
    if (tick <= this.engine.now) then();
    else this.engine.at(tick as Tick, then);
  }

  run(untilSeconds: number): this {
    this.engine.run(Math.round(untilSeconds * SECOND) as Tick);
    return this;
  }

  get<K extends ApiKind>(kind: K, key: string): ApiObject<K> {
    const found = this.server.get(kind, key);
    if (found === undefined) throw new Error(`no ${kind} ${key} at ${this.engine.now / SECOND} s`);
    return found;
  }

  has(kind: ApiKind, key: string): boolean {
    return this.server.get(kind, key) !== undefined;
  }

  list<K extends ApiKind>(kind: K): ApiObject<K>[] {
    return this.server.list(kind);
  }

  /** "reason: message" of the Events on an object, in order. */
  events(name: string): string[] {
    return (this.server.list("events") as EventObject[])
      .filter((event) => event.involvedObject.name === name)
      .map(({ reason, message }) => `${reason}: ${message}`);
  }

  changesOf<K extends ApiKind>(kind: K, name: string): { t: number; type: string; object: ApiObject<K> }[] {
    return this.changes.filter((change) => change.kind === kind && change.object.metadata.name === name) as never;
  }

  private note(answer: unknown): void {
    if (answer instanceof ApiError) this.refused.push(`${answer.reason}: ${answer.message}`);
  }

  private runNodes(): void {
    const client = this.server.client("nodes");
    client.listAndWatch(
      "pods",
      {},
      {
        listed: (pods) => {
          for (const pod of pods) this.podSeen(client, pod);
        },
        event: (type, pod) => {
          if (type !== "DELETED") this.podSeen(client, pod);
        },
      },
    );
  }

  private podSeen(client: Client, pod: Pod): void {
    const key = keyOf("pods", pod);
    const uid = pod.metadata.uid ?? "";
    if (!pod.spec.nodeName) {
      if (this.started.has(`bind ${uid}`) || pod.metadata.deletionTimestamp != null) return;
      this.started.add(`bind ${uid}`);
      const { namespace = "default", name } = pod.metadata;
      this.life.after(10_000, () => client.bind({ namespace, name, uid, nodeName: "node-a" }));
    } else if (pod.metadata.deletionTimestamp != null) {
      if (this.started.has(`stop ${uid}`)) return;
      this.started.add(`stop ${uid}`);
      this.started.delete(`run ${uid}`);
      const stopMicros = secondsOf(pod, "stop", 1) * SECOND;
      this.life.after(stopMicros, () => {
        client.patchStatus("pods", key, (before) => ended(before, 0, this.engine.now));
        this.life.after(0.2 * SECOND, () => client.delete("pods", key, { gracePeriodSeconds: 0, uid }));
      });
    } else if (!this.started.has(`run ${uid}`)) {
      this.started.add(`run ${uid}`);
      this.life.after((0.3 + secondsOf(pod, "pull", 1) + secondsOf(pod, "start", 0.2)) * SECOND, () =>
        this.runPod(client, key, pod),
      );
    }
  }

  private runPod(client: Client, key: string, pod: Pod): void {
    const isAlive = () => this.started.has(`run ${pod.metadata.uid}`);
    const startedAt = timestampAt(this.engine.now);
    if (!isAlive()) return;
    const readySeconds = secondsOf(pod, "ready", 0);
    // the kubelet relists its runtime every second
    this.nextTick(() => {
      if (isAlive())
        client.patchStatus("pods", key, (before) => running(before, startedAt, readySeconds === 0, this.engine.now));
    });
    if (readySeconds > 0)
      this.life.after(readySeconds * SECOND, () => {
        if (isAlive()) client.patchStatus("pods", key, (before) => running(before, startedAt, true, this.engine.now));
      });
    const run = pod.metadata.annotations?.["kubedrill.io/run"];
    if (run === undefined) return;
    this.life.after(Number(run) * SECOND, () => {
      const index = pod.metadata.annotations?.["batch.kubernetes.io/job-completion-index"];
      const failing = (pod.metadata.annotations?.["kubedrill.io/fail-indexes"] ?? "").split(",");
      const exitCode = index !== undefined && failing.includes(index) ? 1 : secondsOf(pod, "exit", 0);
      const exitedMicros = this.engine.now;
      this.nextTick(() => {
        if (isAlive()) client.patchStatus("pods", key, (before) => ended(before, exitCode, exitedMicros));
      });
    });
  }

  private nextTick(then: () => void): void {
    this.life.after(SECOND - (this.engine.now % SECOND), then);
  }
}

function secondsOf(pod: Pod, key: string, otherwise: number): number {
  return Number(pod.metadata.annotations?.[`kubedrill.io/${key}`] ?? otherwise);
}

function running(pod: Pod, startedAt: string, isReady: boolean, nowMicros: number): Pod {
  const conditions = [
    { type: "Ready", status: isReady ? "True" : "False", lastTransitionTime: timestampAt(nowMicros) },
  ];
  return {
    ...pod,
    status: {
      ...pod.status,
      phase: "Running",
      startTime: pod.status?.startTime ?? startedAt,
      conditions: [...(pod.status?.conditions ?? []).filter(({ type }) => type !== "Ready"), ...conditions],
      containerStatuses: [{ name: "c", ready: isReady, restartCount: 0, state: { running: { startedAt } } }],
    },
  };
}

function ended(pod: Pod, exitCode: number, atMicros: number): Pod {
  const finishedAt = timestampAt(atMicros);
  const conditions = [{ type: "Ready", status: "False", lastTransitionTime: finishedAt }];
  return {
    ...pod,
    status: {
      ...pod.status,
      phase: exitCode === 0 ? "Succeeded" : "Failed",
      conditions: [...(pod.status?.conditions ?? []).filter(({ type }) => type !== "Ready"), ...conditions],
      containerStatuses: [
        { name: "c", ready: false, restartCount: 0, state: { terminated: { exitCode, finishedAt } } },
      ],
    },
  };
}
