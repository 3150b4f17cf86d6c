import { suite } from "uvu";
import * as assert from "uvu/assert";
import { KUBELET_RUNTIME } from "../../sim/model/kubelet-configuration.ts";
import { node, pod, World } from "./world.ts";

const test = suite("node/kubelet");

test("a pod is created, gets its network, runs, gets ready, stops and goes", () => {
  const world = new World();
  world.create(pod("a", { ready: "5" }));
  world.at(20, () => world.delete("a"));
  world.run(60);
  assert.equal(world.story("a"), [
    "0.0 Pending",
    "0.0 Pending ContainerCreating",
    "0.6 Pending net ContainerCreating",
    "2.4 Running net running",
    "6.8 Running net ready",
    "20.0 Running deleting net ready",
    "21.0 Succeeded deleting exit 0",
    "21.2 Succeeded deleting exit 0",
    "21.2 DELETED deleting exit 0",
  ]);
  assert.equal(world.reasons("a"), ["Pulling", "Pulled", "Created", "Started", "Killing"]);
});

test("a hollow node writes what the recorded ones wrote: no network of its own, no Events, readiness after a delay", () => {
  const world = new World({ hollow: true });
  world.create(pod("a", { pull: "1", start: "0.5", ready: "5" }));
  world.at(20, () => world.delete("a"));
  world.run(60);
  assert.equal(world.story("a"), [
    "0.0 Pending",
    "0.0 Pending ContainerCreating",
    "2.4 Running net running",
    "6.8 Running net ready",
    "20.0 Running deleting net ready",
    "21.0 Succeeded deleting exit 0",
    "21.2 Succeeded deleting exit 0",
    "21.2 DELETED deleting exit 0",
  ]);
  assert.equal(world.events("a"), []);
});

test("Running is reported at the next relist, once a second, and Ready after its delay from the start", () => {
  const world = new World({ hollow: true });
  world.create(pod("a", { pull: "0", ready: "1.5" }), pod("b", { pull: "0.2", start: "0.1", ready: "1.5" }));
  world.run(10);
  const at = (name: string, state: string) => world.story(name).find((line) => line.endsWith(state));
  // both are seen at one tick, and get ready each in its own time
  assert.is(at("a", " running"), at("b", " running"));
  assert.is.not(at("a", " ready"), at("b", " ready"));
});

test("an image is pulled once per node, and one at a time", () => {
  const world = new World();
  const image = (name: string) => ({ containers: [{ name: "app", image: name }] });
  world.create(pod("a", { pull: "10" }, image("x")), pod("b", { pull: "10" }, image("x")));
  world.create(pod("c", { pull: "10" }, image("y")));
  world.run(40);
  const running = (name: string) =>
    Number(
      world
        .story(name)
        .find((l) => l.includes("ready"))
        ?.split(" ")[0],
    );
  assert.ok(running("a") < 12.5 && running("b") < 12.5, "the second has it with the first");
  assert.ok(running("c") > 20, "the other image waits for its turn");
});

test("what crashes is started again: at once, then after 10 s, 20 s, 40 s", () => {
  const world = new World();
  world.create(pod("a", { run: "1", exit: "3" }));
  world.run(100);
  const starts = world
    .story("a")
    .filter((line) => line.endsWith("ready"))
    .map((line) => Number(line.split(" ")[0]));
  const gaps = starts.slice(1).map((at, i) => at - starts[i]!);
  assert.equal(
    gaps.map((gap) => Math.round(gap)),
    [2, 11, 21, 41].slice(0, gaps.length),
  );
  assert.ok(gaps.length >= 3);
  const status = world.pod("a")?.status?.containerStatuses?.[0];
  assert.is(status?.lastState?.terminated?.exitCode, 3);
  assert.is(status?.lastState?.terminated?.reason, "Error");
  assert.is(status?.state?.waiting?.reason ?? "running", status?.state?.running ? "running" : "CrashLoopBackOff");
  assert.ok(world.reasons("a").some((reason) => reason.startsWith("BackOff")));
});

test("after 10 min without a crash the pauses begin anew", () => {
  const world = new World();
  world.create(pod("a"));
  const crash = () => world.faults.killContainer("default/a", null, 1, "Error");
  for (const at of [10, 20, 40, 800]) world.at(at, crash);
  world.run(830);
  const starts = world.story("a").filter((line) => line.endsWith("ready"));
  // the last crash is more than 10 min after the one before: its restart waits 10 s from the crash, as the second's did
  const last = Number(starts.at(-1)?.split(" ")[0]);
  assert.ok(last > 800 && last < 812, String(last));
});

test("restart policies: Never ends with the containers, OnFailure with their success", () => {
  const world = new World();
  world.create(pod("ok", { run: "2" }, { restartPolicy: "Never" }));
  world.create(pod("bad", { run: "2", exit: "1" }, { restartPolicy: "Never" }));
  world.create(pod("again", { run: "2", exit: "1" }, { restartPolicy: "OnFailure" }));
  world.run(9);
  assert.is(world.pod("ok")?.status?.phase, "Succeeded");
  assert.is(world.pod("bad")?.status?.phase, "Failed");
  assert.is(world.pod("again")?.status?.phase, "Running");
  assert.is(world.pod("again")?.status?.containerStatuses?.[0]?.restartCount, 1);
  const ready = world.pod("ok")?.status?.conditions?.find((c) => c.type === "Ready");
  assert.is(ready?.reason, "PodCompleted");
});

test("init containers run one after the other, a sidecar beside what follows, and stops after it", () => {
  const world = new World();
  const spec = {
    initContainers: [
      { name: "first", image: "x" },
      { name: "proxy", image: "x", restartPolicy: "Always" },
      { name: "second", image: "x" },
    ],
    containers: [{ name: "app", image: "x" }],
  };
  world.create(pod("a", { "run.first": "2", "run.second": "3", "stop.proxy": "2" }, spec));
  world.at(40, () => world.delete("a"));
  world.run(60);
  const states = world.story("a").map((line) => line.split(" ").slice(1).join(" "));
  assert.ok(states.includes("Pending net running,PodInitializing,PodInitializing,PodInitializing"));
  assert.ok(states.includes("Pending net exit 0,ready,running,PodInitializing"), states.join("\n"));
  assert.ok(states.includes("Running net exit 0,ready,exit 0,ready"));
  // 1 s for the application, then 2 s for the sidecar
  assert.ok(world.story("a").some((line) => line.startsWith("43.") && line.includes("exit 0,exit 0,exit 0,exit 0")));
  const initialized = world.history[2]!.pod.status?.conditions?.find((c) => c.type === "Initialized");
  assert.is(initialized?.message, "containers with incomplete status: [first proxy second]");
});

test("an init container that fails is started again, or fails the pod", () => {
  const world = new World();
  const init = { initContainers: [{ name: "init", image: "x" }] };
  world.create(pod("a", { "init-failures": "1" }, init));
  world.create(pod("b", { "init-failures": "1" }, { ...init, restartPolicy: "Never" }));
  world.run(30);
  assert.is(world.pod("a")?.status?.phase, "Running");
  assert.is(world.pod("a")?.status?.initContainerStatuses?.[0]?.restartCount, 1);
  assert.is(world.pod("b")?.status?.phase, "Failed");
});

test("who does not exit at SIGTERM is killed when the grace period is over, counted from before the preStop hook", () => {
  const world = new World();
  const lifecycle = { preStop: { sleep: { seconds: 2 } } };
  const spec = { terminationGracePeriodSeconds: 5, containers: [{ name: "app", image: "x", lifecycle }] };
  world.create(pod("a", { stop: "never" }, spec), pod("b", { stop: "1" }, spec));
  world.at(20, () => {
    world.delete("a");
    world.delete("b");
  });
  world.run(40);
  assert.ok(world.story("a").includes("25.0 Failed deleting exit 137"), world.story("a").join("\n"));
  assert.ok(world.story("b").includes("23.0 Succeeded deleting exit 0"));
});

test("a second deletion with less grace cuts the first one short", () => {
  const world = new World();
  world.create(pod("a", { stop: "never" }));
  world.at(10, () => world.delete("a"));
  world.at(12, () => world.delete("a", 1));
  world.run(30);
  assert.ok(world.story("a").includes("13.0 Failed deleting exit 137"), world.story("a").join("\n"));
});

test("a pod that is deleted by force is stopped all the same", () => {
  const world = new World();
  world.create(pod("a", { stop: "5" }));
  world.at(10, () => world.delete("a", 0));
  world.run(11);
  const local = [...world.kubelets.byName.get("n1")!.workers.values()][0]!.local;
  assert.ok(local.isRunning);
  world.run(20);
  assert.not(local.isRunning);
  assert.is(world.kubelets.byName.get("n1")!.workers.size, 0);
});

test("a pod with a deadline fails when it is over, once its containers have stopped", () => {
  const world = new World();
  world.create(pod("a", { stop: "3" }, { activeDeadlineSeconds: 10 }));
  world.run(30);
  const { phase, reason, message } = world.pod("a")!.status!;
  assert.equal([phase, reason], ["Failed", "DeadlineExceeded"]);
  assert.is(message, "Pod was active on the node longer than the specified deadline");
  assert.ok(world.story("a").at(-1)?.startsWith("13."));
});

test("the node refuses what does not fit, does not belong there, or does not tolerate its taints", () => {
  const taints = [{ key: "broken", effect: "NoExecute" }];
  const world = new World({ nodes: [node("n1"), node("n2", { spec: { taints } })] });
  const big = { containers: [{ name: "app", image: "x", resources: { requests: { cpu: "5" } } }] };
  world.create(pod("big", {}, big));
  world.create(pod("elsewhere", {}, { nodeSelector: { disk: "ssd" } }));
  world.create(pod("tainted", {}, {}, "n2"));
  world.run(5);
  const verdict = (name: string) => [world.pod(name)?.status?.phase, world.pod(name)?.status?.reason];
  assert.equal(verdict("big"), ["Failed", "OutOfcpu"]);
  assert.is(
    world.pod("big")?.status?.message,
    "Pod was rejected: Node didn't have enough resource: cpu, requested: 5000, used: 0, capacity: 4000",
  );
  assert.equal(verdict("elsewhere"), ["Failed", "NodeAffinity"]);
  assert.equal(verdict("tainted"), ["Failed", "TaintToleration"]);
});

test("images that cannot be pulled: ErrImagePull, then ImagePullBackOff with growing pauses", () => {
  const world = new World();
  world.create(pod("a", {}, { containers: [{ name: "app", image: "broken:1" }] }));
  world.run(120);
  const states = world.story("a").map((line) => line.split(" ").at(-1));
  assert.equal(states.slice(3, 6), ["ErrImagePull", "ImagePullBackOff", "ErrImagePull"]);
  const pulls = world.events("a").find((event) => event.reason === "Pulling");
  assert.is(pulls?.count, 4);
});

test("an image that must not be pulled is not", () => {
  const world = new World();
  world.create(pod("a", {}, { containers: [{ name: "app", image: "x", imagePullPolicy: "Never" }] }));
  world.run(20);
  assert.is(world.pod("a")?.status?.containerStatuses?.[0]?.state?.waiting?.reason, "ErrImageNeverPull");
});

test("a quiet node renews its lease every 10 s and writes its status every 5 min, and nothing else", () => {
  const world = new World();
  world.create(pod("a"));
  world.run(60);
  world.writes.clear();
  world.run(660);
  assert.is(world.writes.get("pods") ?? 0, 0);
  const leases = world.writes.get("leases") ?? 0;
  assert.ok(leases >= 57 && leases <= 60, String(leases));
  const nodes = world.writes.get("nodes") ?? 0;
  assert.ok(nodes >= 1 && nodes <= 3, String(nodes));
});

test("pods that ran before the run began are taken over without a write", () => {
  const before = pod("a", {}, { containers: [{ name: "app", image: "x", livenessProbe: { httpGet: {} } }] });
  const startedAt = "2025-12-31T23:00:00Z";
  const conditions = ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"].map(
    (type) => ({ type, status: "True", lastTransitionTime: startedAt }),
  );
  const containerStatuses = [
    { name: "app", ready: true, started: true, restartCount: 2, state: { running: { startedAt } } },
  ];
  const status = { phase: "Running", conditions, containerStatuses, podIP: "10.128.0.9", startTime: startedAt };
  const world = new World({ pods: [{ ...before, status }] });
  world.run(100);
  assert.equal(world.story("a"), []);
  assert.ok(world.podNetwork.get("pods/default/a")?.isServing);
  world.faults.killPod("default/a");
  world.run(120);
  assert.is(world.pod("a")?.status?.containerStatuses?.[0]?.restartCount, 3);
});

test("addresses of pods come from the node's range, or are the node's own", () => {
  const world = new World();
  world.create(pod("a"), pod("b"), pod("host", {}, { hostNetwork: true }));
  world.run(10);
  assert.equal([world.pod("a")?.status?.podIP, world.pod("b")?.status?.podIP].sort(), ["10.128.0.2", "10.128.0.3"]);
  assert.is(world.pod("host")?.status?.podIP, "172.16.0.0");
});

test("a node that boots later registers itself, with its lease", () => {
  const world = new World();
  world.at(30, () => world.kubelets.add(node("late")));
  world.run(60);
  assert.is(world.condition("Ready", "late")?.status, "True");
  const lease = world.controlPlane.api.get("leases", "kube-node-lease/late");
  assert.is(lease?.spec?.holderIdentity, "late");
  assert.is(lease?.metadata.ownerReferences?.[0]?.name, "late");
});

test("what the kubelet says about readiness gates waits for them", () => {
  const world = new World();
  world.create(pod("a", {}, { readinessGates: [{ conditionType: "lb" }] }));
  world.run(10);
  const ready = () => world.pod("a")?.status?.conditions?.find((c) => c.type === "Ready");
  assert.is(ready()?.reason, "ReadinessGatesNotReady");
  world.client.patchStatus("pods", "default/a", (before) => ({
    ...before,
    status: { ...before.status, conditions: [...(before.status?.conditions ?? []), { type: "lb", status: "True" }] },
  }));
  world.run(11);
  assert.is(ready()?.status, "True");
});

test("statuses that could not be written are written at the next batch, within 10 s", () => {
  const world = new World();
  let mend: () => void = () => undefined;
  world.at(1, () => {
    mend = world.faults.disconnect("n1");
  });
  world.at(10, () => mend());
  world.create(pod("a"));
  world.run(40);
  assert.ok(
    Number(
      world
        .story("a")
        .find((line) => line.includes("ready"))
        ?.split(" ")[0],
    ) < 25,
  );
});

test("a pod with a disk waits until it is attached and known to be in use, and says so after 2 min", () => {
  const world = new World();
  const volume = { metadata: { name: "pv" }, spec: { csi: { driver: "disk.example", volumeHandle: "h" } } };
  const claim = { metadata: { name: "data", namespace: "default" }, spec: { volumeName: "pv" } };
  world.client.create("persistentVolumes", volume);
  world.client.create("persistentVolumeClaims", claim);
  const volumes = [{ name: "data", persistentVolumeClaim: { claimName: "data" } }];
  world.at(1, () => world.create(pod("a", {}, { volumes })));
  world.run(130);
  const name = "kubernetes.io/csi/disk.example^h";
  assert.equal(world.node().status?.volumesInUse, [name]);
  assert.is(world.pod("a")?.status?.phase, "Pending");
  assert.match(world.events("a")[0]?.message ?? "", /^Unable to attach or mount volumes: unmounted volumes=\[data\]/);
  world.client.patchStatus("nodes", "n1", (before) => ({
    ...before,
    status: { ...before.status, volumesAttached: [{ name }] },
  }));
  world.run(160);
  assert.is(world.pod("a")?.status?.phase, "Running");
  world.delete("a");
  world.run(190);
  assert.equal(world.node().status?.volumesInUse, []);
});

test("hollow nodes say at once that a container waits for its next start, and wait from when they saw its end", () => {
  const world = new World({ hollow: true });
  world.create(pod("a", { run: "1", exit: "1" }, { restartPolicy: "OnFailure" }));
  world.run(30);
  const states = world.story("a").map((line) => line.split(" ").slice(1).join(" "));
  assert.equal(states.slice(2), [
    "Running net ready",
    "Running net exit 1",
    "Running net ready",
    "Running net CrashLoopBackOff",
    "Running net ready",
    "Running net CrashLoopBackOff",
  ]);
});

test("a pod that is deleted while its image is pulled goes when the pull is through: the kubelet cancels nothing", () => {
  const world = new World();
  world.create(pod("a", { pull: "30" }));
  world.at(5, () => world.delete("a"));
  world.run(25);
  assert.ok(world.pod("a"), "it waits for its pull");
  assert.is(world.pod("a")?.status?.phase, "Pending");
  world.run(60);
  assert.is(world.pod("a"), undefined);
  assert.ok(world.reasons("a").includes("Started"), "its container was started before it was stopped");
  assert.ok(world.kubelets.byName.get("n1")!.images.has("app:v1"), "and the image is there for others");
});

test("a pod that waits between two pulls goes at once", () => {
  const world = new World();
  world.create(pod("a", {}, { containers: [{ name: "app", image: "broken:v1" }] }));
  world.run(15);
  world.at(16, () => world.delete("a"));
  world.run(18);
  assert.is(world.pod("a"), undefined);
});

test("Events go out at eventRecordQPS, after a burst of eventBurst", () => {
  const created = (parts: object) => {
    const world = new World({ configuration: { ...parts, maxParallelImagePulls: null } });
    world.create(...Array.from({ length: 20 }, (_, i) => pod(`p${i}`, { pull: "0", run: "1" })));
    world.run(8);
    return world.controlPlane.api.list("events").length;
  };
  const few = created({ eventRecordQps: 1, eventBurst: 2 });
  assert.ok(few >= 8 && few <= 11, `${few}`);
  assert.ok(created({}) > 60);
});

test("Events about a container name it", () => {
  const world = new World();
  const inits = [{ name: "migrate", image: "x" }];
  const containers = [
    { name: "web", image: "x" },
    { name: "proxy", image: "x" },
  ];
  world.create(pod("a", { pull: "0", run: "1" }, { initContainers: inits, containers, restartPolicy: "Never" }));
  world.run(20);
  const created = world.controlPlane.api.list("events").filter(({ reason }) => reason === "Created");
  assert.equal(created.map(({ involvedObject }) => involvedObject.fieldPath).sort(), [
    "spec.containers{proxy}",
    "spec.containers{web}",
    "spec.initContainers{migrate}",
  ]);
});

test("requests go out at kubeAPIQPS: on a full node pods run long before anybody hears of it", () => {
  const toldAt = (parts: object) => {
    const world = new World({ configuration: { ...parts, maxParallelImagePulls: null } });
    world.create(...Array.from({ length: 30 }, (_, i) => pod(`p${i}`, { pull: "0" })));
    const told = (seconds: number) => {
      world.run(seconds);
      return world.controlPlane.api.list("pods").filter(({ status }) => status?.phase === "Running").length;
    };
    return [told(8), told(90)];
  };
  const [early, late] = toldAt({ kubeApiQps: 1, kubeApiBurst: 2 });
  assert.ok(early! <= 9, `${early}`);
  assert.is(late, 30);
  assert.equal(toldAt({}), [30, 30]);
});

test("devices that a node has no more of: UnexpectedAdmissionError; pods without devices come all the same", () => {
  const gpu = node("n1");
  const allocatable = { ...gpu.status?.allocatable, "nvidia.com/gpu": 1 };
  const world = new World({ nodes: [{ ...gpu, status: { ...gpu.status, allocatable, capacity: allocatable } }] });
  const limits = { "nvidia.com/gpu": 1 };
  const spec = { containers: [{ name: "c", image: "x", resources: { limits, requests: limits } }] };
  world.create(pod("a", {}, spec));
  world.at(2, () => world.create(pod("b", {}, spec), pod("c")));
  world.run(10);
  assert.is(world.pod("a")?.status?.phase, "Running");
  assert.is(world.pod("b")?.status?.reason, "UnexpectedAdmissionError");
  assert.is(
    world.pod("b")?.status?.message,
    "Pod was rejected: Allocate failed due to requested number of devices unavailable for nvidia.com/gpu. Requested: 1, Available: 0, which is unexpected",
  );
  assert.is(world.pod("c")?.status?.phase, "Running");
});

test("after a boot pods get devices only when their plugins have registered", () => {
  const gpu = node("n1");
  const allocatable = { ...gpu.status?.allocatable, "nvidia.com/gpu": 1 };
  const runtime = { ...KUBELET_RUNTIME, devicePluginMicros: 20_000_000 };
  const nodes = [{ ...gpu, status: { ...gpu.status, allocatable, capacity: allocatable } }];
  const world = new World({ nodes, configuration: { runtime } });
  const limits = { "nvidia.com/gpu": 1 };
  world.create(
    pod("a", {}, { containers: [{ name: "c", image: "x", resources: { limits, requests: limits } }] }),
    pod("b"),
  );
  world.run(10);
  world.faults.crash("n1");
  world.run(20);
  world.faults.start("n1");
  world.run(40);
  assert.is(world.pod("a")?.status?.reason, "UnexpectedAdmissionError");
  assert.match(world.pod("a")?.status?.message ?? "", /no healthy devices present; cannot allocate unhealthy devices/);
  assert.is(world.pod("b")?.status?.phase, "Running");
});

test.run();
