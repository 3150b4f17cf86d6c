// One simulated run of a recording's scenario, as a timeline of the same form.
import { Cluster } from "../../../sim/cluster.ts";
import type { Engine } from "../../../sim/engine/engine.ts";
import { createStream, type RandomStream } from "../../../sim/engine/random.ts";
import { SECOND, type Tick } from "../../../sim/engine/tick.ts";
import { EtcdPoll } from "./etcd-poll.ts";
import { LoadGenerator } from "./load-generator.ts";
import { WatchRecorder } from "./recorder.ts";
import type { Recording } from "./recordings.ts";
import { Script } from "./script.ts";
import { LOAD_USER, planOf, zeroMicros } from "./setting.ts";
import type { Timeline } from "./timeline.ts";
import { World } from "./world.ts";

const CLIENT_TIMEOUT_MICROS = 65 * SECOND;
const FEW_NODES = 12;
const WITH_NODE_LEASES: ReadonlySet<string> = new Set(["11-etcd-failure", "12-apiserver-restart"]);

const BACK_OFF_OF_KUBELET = /^apiserver\/client\/kubelet\/[^/]+\/back-off$/;

export function simulateRecording(recording: Recording, seed: number): Timeline {
  const { meta, timeline } = recording;
  const zero = zeroMicros(recording, createStream(seed, "fidelity/phase").next());
  const plan = planOf(recording, zero);
  const cluster = new Cluster(plan, seed);
  const { controlPlane, engine } = cluster;
  if (meta.params.nodesHaveOwnWatches !== true) shareWatches(engine, seed);
  const recorder = new WatchRecorder({
    api: controlPlane.api,
    clock: () => engine.now,
    zeroMicros: zero,
    hasNodeLeases: meta.cluster.nodes <= FEW_NODES || WITH_NODE_LEASES.has(meta.scenario),
  });
  const world = new World(cluster);
  const script = new Script(recording, cluster, world, controlPlane.api.client("script"), zero);
  engine.at(zero as Tick, () => recorder.start());
  script.arm();
  const load = new LoadGenerator({
    engine,
    client: controlPlane.api.client({ name: "loadgen", user: LOAD_USER, groups: [] }),
    healthClient: controlPlane.api.client("health"),
    server: () => world.apiServer(),
    zeroMicros: zero,
    timeoutMicros: CLIENT_TIMEOUT_MICROS,
  });
  load.arm(recording);
  const poll = new EtcdPoll(engine, world.etcd, zero);
  if (meta.scenario === "11-etcd-failure") poll.start();
  cluster.run();
  return {
    family: timeline.family,
    recording: timeline.recording,
    params: timeline.params,
    durationSeconds: timeline.durationSeconds,
    actions: script.outcome(),
    events: recorder.rows,
    nodes: script.nodes,
    requests: load.rows,
    etcd: poll.rows,
    drain: script.drain,
    startsAt: new Date(Date.UTC(2026, 0, 1) + Math.round(zero / (SECOND / 1000))).toISOString(),
  };
}

/** The recorded nodes had one watch of pods and one of nodes for all of them: here each has its own, and all lose and find the server at once. */
function shareWatches(engine: Engine, seed: number): void {
  const own = engine.stream.bind(engine);
  const made = new Map<string, RandomStream>();
  engine.stream = (path) => {
    if (!BACK_OFF_OF_KUBELET.test(path)) return own(path);
    let stream = made.get(path);
    if (stream === undefined) {
      stream = createStream(seed, "fidelity/shared-watch");
      made.set(path, stream);
    }
    return stream;
  };
}
