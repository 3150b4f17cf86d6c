// A small cluster for tests of controllers: API server on a store in memory, the controllers under test, and toy nodes that bind, start,
// make ready and stop pods after fixed times. Every change is kept, so that tests can look at the course of things, not only at the end.
import { ApiError, type ApiKind, type ApiObject, type Client, keyOf } from "../../sim/apiserver/client.ts";
import { EventRecorder } from "../../sim/apiserver/event-recorder.ts";
import { ApiServer } from "../../sim/apiserver/server.ts";
import { SharedInformers } from "../../sim/apiserver/shared-informer.ts";
import type { Controller, ControllerContext } from "../../sim/controllers/framework/controller.ts";
import { Engine } from "../../sim/engine/engine.ts";
import { Lifetime } from "../../sim/engine/lifetime.ts";
import { MILLISECOND, SECOND, type Tick } from "../../sim/engine/tick.ts";
import { Recorder } from "../../sim/metrics/recorder.ts";
import { type ControllerFlags, DEFAULT_CONTROLLER_FLAGS } from "../../sim/model/controller-flags.ts";
import { type EventObject, type Node, noObjects, type Pod } from "../../sim/model/objects.ts";
import { Timestamps } from "../../sim/model/timestamp.ts";
import { MemoryEtcd } from "../apiserver/memory-etcd.ts";
import { makeNode } from "../scheduler/builders.ts";
import { ToyNodes } from "./toy-nodes.ts";

export interface WorldOptions {
  readonly controllers: readonly Controller[];
  /** Nodes node-0, node-1 … that are there from the start; default 4. */
  readonly nodes?: number;
  readonly flags?: Partial<ControllerFlags>;
  readonly seed?: string;
  readonly shuffleTies?: string;
  /** False: pods stay as they were created, and the test plays the nodes. */
  readonly hasKubelets?: boolean;
  /** Asked before each creation by a controller: what the server would refuse it with. */
  readonly refuses?: (kind: ApiKind, object: ApiObject) => ApiError | null;
  /** Of a request there and back, and of a watch event unless it is given apart. */
  readonly latencyMicros?: number;
  readonly watchMicros?: number;
}

/** One change as the API server learned of it. */
export interface Change {
  readonly atSeconds: number;
  readonly kind: ApiKind;
  readonly type: string;
  readonly object: ApiObject;
  readonly before: ApiObject | undefined;
}

export class World {
  readonly engine: Engine;
  readonly server: ApiServer;
  /** A client of the test's own. */
  readonly client: Client;
  readonly changes: Change[] = [];
  readonly nodes: ToyNodes;
  readonly etcd: MemoryEtcd;
  life: Lifetime;
  private readonly options: WorldOptions;

  constructor(options: WorldOptions) {
    this.options = options;
    const { latencyMicros = MILLISECOND, nodes = 4, seed = "1", shuffleTies, watchMicros = latencyMicros } = options;
    this.engine = new Engine({ seed, ...(shuffleTies === undefined ? {} : { shuffleTies }) });
    this.etcd = new MemoryEtcd(this.engine, MILLISECOND);
    this.server = new ApiServer({
      engine: this.engine,
      etcd: this.etcd,
      kinds: Object.keys(noObjects()) as ApiKind[],
      requestLatencyMicros: { kind: "constant", value: latencyMicros },
      watchLatencyMicros: { kind: "constant", value: watchMicros },
    });
    this.server.onChange((kind, type, object, before) =>
      this.changes.push({ atSeconds: this.engine.now / SECOND, kind, type, object, before }),
    );
    this.client = this.server.client("test");
    this.nodes = new ToyNodes(this.engine, this.server.client("nodes"), options.hasKubelets ?? true);
    this.life = new Lifetime(this.engine);
    this.server.start();
    this.create("namespaces", { metadata: { name: "default" } });
    for (let i = 0; i < nodes; i++) this.create("nodes", readyNode(`node-${i}`));
    this.run(0.1);
    this.nodes.start();
    this.startControllers();
    this.run(0.1);
  }

  /** As after a restart of the controller manager: everything in memory is lost. */
  restartControllers(): void {
    this.life.end();
    this.life = new Lifetime(this.engine);
    this.startControllers();
  }

  private startControllers(): void {
    const { engine, life, options, server } = this;
    const recorder = new Recorder({ clock: () => engine.now, stepMicros: SECOND, maxEvents: 1000 });
    const timestamps = new Timestamps();
    const informers = new SharedInformers(server.client("controllers"), life);
    for (const controller of options.controllers) {
      const client = refusing(server.client(controller.name), options.refuses);
      const context: ControllerContext = {
        name: controller.name,
        engine,
        life,
        client,
        informers,
        events: new EventRecorder(life, client, controller.eventSource ?? controller.name),
        recorder,
        timestamps,
        flags: { ...DEFAULT_CONTROLLER_FLAGS, ...options.flags },
        stream: (purpose) => engine.stream(`controllers/${controller.name}/${purpose}`),
      };
      informers.afterSync(controller.watches, () => controller.start(context));
    }
  }

  /** Lets time pass. */
  run(seconds: number): void {
    this.engine.run(Math.round(this.engine.now + seconds * SECOND) as Tick);
  }

  /** Lets time pass until the condition holds, at most so long; whether it did. */
  runUntil(holds: () => boolean, seconds: number): boolean {
    const end = this.engine.now + seconds * SECOND;
    while (!holds()) {
      if (this.engine.now >= end || !this.engine.step()) return false;
    }
    return true;
  }

  create<K extends ApiKind>(kind: K, object: ApiObject<K>): void {
    this.client.create(kind, object, refuse);
  }

  /** Changes an object as a patch would. */
  patch<K extends ApiKind>(kind: K, key: string, change: (before: ApiObject<K>) => ApiObject<K>): void {
    this.client.patch(kind, key, change, refuse);
  }

  patchStatus<K extends ApiKind>(kind: K, key: string, change: (before: ApiObject<K>) => ApiObject<K>): void {
    this.client.patchStatus(kind, key, change, refuse);
  }

  delete(kind: ApiKind, key: string, gracePeriodSeconds?: number): void {
    this.client.delete(kind, key, gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }, refuse);
  }

  get<K extends ApiKind>(kind: K, key: string): ApiObject<K> {
    const object = this.server.get(kind, key);
    if (object === undefined) throw new Error(`no ${kind} ${key}`);
    return object;
  }

  list<K extends ApiKind>(kind: K): ApiObject<K>[] {
    return this.server.list(kind);
  }

  /** Pods that are neither finished nor being deleted. */
  activePods(): Pod[] {
    return this.list("pods").filter(
      ({ metadata, status }) =>
        metadata.deletionTimestamp == null && status?.phase !== "Failed" && status?.phase !== "Succeeded",
    );
  }

  /** Messages of Events on objects of this kind, in order of creation; of one reason if given. */
  messages(kind: string, reason?: string): string[] {
    const events = this.list("events") as EventObject[];
    return events
      .filter((event) => event.involvedObject.kind === kind && (reason === undefined || event.reason === reason))
      .map((event) => event.message);
  }

  /** The values that a function of an object has taken, one after the other. */
  courseOf<K extends ApiKind, V>(kind: K, key: string, value: (object: ApiObject<K>) => V): V[] {
    const course: V[] = [];
    for (const change of this.changes) {
      if (change.kind !== kind || keyOf(kind, change.object) !== key || change.type === "DELETED") continue;
      const next = value(change.object as ApiObject<K>);
      if (JSON.stringify(next) !== JSON.stringify(course.at(-1))) course.push(next);
    }
    return course;
  }
}

function refusing(client: Client, refuses: WorldOptions["refuses"]): Client {
  if (refuses === undefined) return client;
  const create: Client["create"] = (kind, object, done) => {
    const refusal = refuses(kind, object);
    if (refusal === null) client.create(kind, object, done);
    // as long as a request takes
    else client.get("namespaces", "default", () => done?.(refusal));
  };
  return new Proxy(client, {
    get: (target, name) => {
      if (name === "create") return create;
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

function refuse(answer: unknown): void {
  if (answer instanceof ApiError) throw new Error(`refused: ${answer.message}`);
}

export function readyNode(name: string, parts: Partial<Node> = {}): Node {
  const node = makeNode(name, {}, { "kubernetes.io/hostname": name });
  const conditions = [{ type: "Ready", status: "True" }];
  return { ...node, ...parts, status: { ...node.status, conditions } };
}
