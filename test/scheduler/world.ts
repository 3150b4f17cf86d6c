// A small cluster in virtual time for tests: API server, scheduler process and hollow nodes, with fixed latencies.
import type { ApiKind, Client } from "../../sim/apiserver/client.ts";
import { ApiServer } from "../../sim/apiserver/server.ts";
import { Engine } from "../../sim/engine/engine.ts";
import { MILLISECOND, SECOND, type Tick } from "../../sim/engine/tick.ts";
import { messageReader, subjectReader } from "../../sim/metrics/event-log.ts";
import { Recorder } from "../../sim/metrics/recorder.ts";
import { noObjects, type Pod } from "../../sim/model/objects.ts";
import { defaultSchedulerConfiguration } from "../../sim/model/read-scheduler-configuration.ts";
import type { SchedulerConfiguration } from "../../sim/model/scheduler-configuration.ts";
import { HollowNodes } from "../../sim/node/hollow-nodes.ts";
import { hintTable } from "../../sim/scheduler/hints.ts";
import { SchedulerProcess } from "../../sim/scheduler/process.ts";
import { Scheduler } from "../../sim/scheduler/scheduler.ts";
import { Snapshot } from "../../sim/scheduler/snapshot.ts";
import { MemoryEtcd } from "../apiserver/memory-etcd.ts";
import { ObjectStore } from "../apiserver/object-store.ts";

const constant = (value: number) => ({ kind: "constant", value }) as const;

export class World {
  readonly engine: Engine;
  /** The store behind the API server that answers at once; or changes it at once. */
  readonly store: ObjectStore;
  readonly etcd: MemoryEtcd;
  readonly client: Client;
  readonly recorder: Recorder;
  readonly scheduler: Scheduler;
  readonly process: SchedulerProcess;

  constructor(configuration: SchedulerConfiguration = defaultSchedulerConfiguration(), shuffleTies?: string) {
    const engine = new Engine({ seed: "test", shuffleTies });
    this.engine = engine;
    this.etcd = new MemoryEtcd(engine);
    this.store = new ObjectStore(this.etcd, () => engine.now);
    this.recorder = new Recorder({ clock: () => engine.now, stepMicros: 10 * SECOND, maxEvents: 10_000 });
    const api = new ApiServer({
      engine,
      etcd: this.etcd,
      kinds: Object.keys(noObjects()) as ApiKind[],
      requestLatencyMicros: constant(2 * MILLISECOND),
      watchLatencyMicros: constant(MILLISECOND),
    });
    api.onChange((kind, type, object, before) => this.recorder.changed(kind, type, object, before));
    api.start();
    this.client = api.client("test");
    this.scheduler = new Scheduler({ configuration, snapshot: new Snapshot(), tieBreak: "first", clock: engine });
    const profiles = [...this.scheduler.profiles].map(
      ([name, profile]) => [name, hintTable(profile.plugins.keys(), new Map())] as const,
    );
    this.process = new SchedulerProcess({
      engine,
      client: api.client("scheduler"),
      scheduler: this.scheduler,
      recorder: this.recorder,
      profiles: new Map(profiles),
      less: (a, b) => a.shape.priority > b.shape.priority,
      cycleMicros: constant(MILLISECOND),
      bindMicros: constant(4 * MILLISECOND),
    });
    const nodes = new HollowNodes({
      engine,
      client: api.client("nodes"),
      recorder: this.recorder,
      seed: "test",
      startMicros: constant(SECOND),
      stopMicros: constant(SECOND),
    });
    this.process.start();
    nodes.start();
  }

  /** Lets virtual time pass until this second. */
  until(seconds: number): void {
    this.engine.run(Math.round(seconds * SECOND) as Tick);
  }

  pod(name: string): Pod | undefined {
    const pod = this.store.get("pods", `default/${name}`);
    return "metadata" in pod ? pod : undefined;
  }

  /** The node of a pod, "" while it has none, undefined when there is no such pod. */
  nodeOf(name: string): string | undefined {
    const pod = this.pod(name);
    return pod === undefined ? undefined : (pod.spec.nodeName ?? "");
  }

  place(name: string): string | undefined {
    return this.process.queue.get(`default/${name}`)?.place;
  }

  attempts(name: string): number {
    const row = this.recorder.pods.row(this.pod(name)?.metadata.uid ?? "");
    return this.recorder.pods.numbers.attempts.get(row);
  }

  events(reason: string): string[] {
    const { texts, rows } = this.recorder.events;
    const [events, pods] = [this.recorder.events.freeze(), this.recorder.pods.freeze()];
    const [subject, message] = [subjectReader(events, pods), messageReader(events, pods)];
    return Array.from({ length: rows }, (_, row) => row)
      .filter((row) => texts.reason.get(row) === reason)
      .map((row) => `${subject(row).name}: ${message(row)}`);
  }
}
