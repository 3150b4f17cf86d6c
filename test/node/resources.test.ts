import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { PodMetrics } from "../../sim/model/objects.ts";
import { node, pod, World } from "./world.ts";

const test = suite("node/resources");

const app = (resources: object) => ({ containers: [{ name: "app", image: "x", resources }] });

test("a container over its limit is killed, and says so", () => {
  const world = new World();
  world.create(pod("a", { "memory-use": "50Mi", "memory-leak": "10Mi" }, app({ limits: { memory: "200Mi" } })));
  world.run(18);
  const { state } = world.pod("a")!.status!.containerStatuses![0]!;
  assert.is(state?.terminated?.exitCode, 137);
  assert.is(state?.terminated?.reason, "OOMKilled");
});

test("a machine without memory kills whom it has promised the least", () => {
  const world = new World();
  world.create(pod("besteffort", { "memory-use": "3Gi", "memory-leak": "4Gi" }));
  const guaranteed = app({ requests: { cpu: "1", memory: "4Gi" }, limits: { cpu: "1", memory: "4Gi" } });
  world.create(pod("guaranteed", { "memory-use": "4Gi" }, guaranteed));
  world.run(10);
  assert.is(world.pod("besteffort")?.status?.containerStatuses?.[0]?.lastState?.terminated?.reason, "OOMKilled");
  assert.is(world.pod("guaranteed")?.status?.containerStatuses?.[0]?.restartCount, 0);
  assert.ok(world.events("n1").some((event) => event.reason === "SystemOOM"));
});

test("memory pressure: condition, one pod per 10 s, the one most above its request first, and 5 min until it is over", () => {
  const world = new World();
  const request = app({ requests: { memory: "1Gi" } });
  world.create(pod("a", { "memory-use": "3Gi", "memory-leak": "4Mi" }, request));
  world.create(pod("b", { "memory-use": "4800Mi" }, { ...request, priority: 100 }));
  world.create(pod("c", { "memory-use": "200Mi" }, request));
  world.run(120);
  assert.is(world.pod("a")?.status?.reason, "Evicted");
  assert.match(
    world.pod("a")?.status?.message ?? "",
    /^The node was low on resource: memory\. Threshold quantity: 100Mi, available: \d+Ki\. Container app was using \d+Ki, request is 1Gi, has larger consumption of memory\. $/,
  );
  const disrupted = world.pod("a")?.status?.conditions?.find((c) => c.type === "DisruptionTarget");
  assert.is(disrupted?.reason, "TerminationByKubelet");
  assert.is(world.pod("b")?.status?.phase, "Running");
  assert.is(world.pod("c")?.status?.phase, "Running");
  assert.is(world.condition("MemoryPressure")?.status, "True");
  assert.is(world.condition("MemoryPressure")?.message, "kubelet has insufficient memory available");
  world.run(460);
  assert.is(world.condition("MemoryPressure")?.status, "False");
});

test("under memory pressure pods without requests are refused", () => {
  const world = new World();
  world.create(pod("a", { "memory-use": "7Gi", "memory-leak": "40Mi" }));
  world.run(60);
  world.create(pod("late"), pod("burstable", {}, app({ requests: { memory: "64Mi" } })));
  world.run(70);
  assert.is(world.pod("late")?.status?.reason, "Evicted");
  assert.is(world.pod("late")?.status?.message, "Pod was rejected: The node had condition: [MemoryPressure]. ");
  assert.is(world.pod("burstable")?.status?.phase, "Running");
});

test("soft thresholds act after their grace period", () => {
  const world = new World({
    configuration: {
      evictionSoft: { "memory.available": { bytes: 2 * 1024 * 1024 * 1024 } },
      evictionSoftGracePeriodMicros: { "memory.available": 60_000_000 },
    },
  });
  world.create(pod("a", { "memory-use": "7Gi" }));
  world.run(50);
  assert.is(world.pod("a")?.status?.phase, "Running");
  assert.is(world.condition("MemoryPressure")?.status, "True");
  world.run(90);
  assert.is(world.pod("a")?.status?.reason, "Evicted");
});

test("disk pressure throws away unused images before it evicts a pod", () => {
  const world = new World();
  const disk = 100 * 1024 * 1024 * 1024;
  world.create(pod("old", { "image-size": String(disk * 0.3), pull: "1" }, app({})));
  world.run(10);
  world.delete("old");
  world.run(200);
  world.create(pod("a", { "disk-use": String(disk * 0.5) }, { containers: [{ name: "app", image: "y" }] }));
  world.run(260);
  assert.is(world.pod("a")?.status?.phase, "Running");
  assert.not(world.kubelets.byName.get("n1")!.images.has("x"));
  assert.is(world.condition("DiskPressure")?.status, "True");
});

test("a full disk evicts, and its end ends the pressure 5 min later", () => {
  const world = new World();
  world.create(pod("a", { "disk-use": "10Gi" }), pod("b"));
  let clean: () => void = () => undefined;
  world.at(10, () => {
    clean = world.faults.fillDisk("n1", 0.95);
  });
  world.at(25, () => clean());
  world.run(40);
  assert.is(world.pod("a")?.status?.reason, "Evicted");
  assert.match(world.pod("a")?.status?.message ?? "", /^The node was low on resource: ephemeral-storage\. /);
  assert.is(world.condition("DiskPressure")?.reason, "KubeletHasDiskPressure");
  world.run(370);
  assert.is(world.condition("DiskPressure")?.reason, "KubeletHasNoDiskPressure");
});

test("a leak of the system itself evicts pods, and its end gives the memory back", () => {
  const world = new World();
  world.create(pod("a", { "memory-use": "1Gi" }));
  const end = world.faults.leakMemory("n1", 300 * 1024 * 1024);
  world.run(26);
  assert.ok(world.kubelets.byName.get("n1")!.resources.memoryAvailableBytes < 1024 * 1024 * 1024);
  end();
  assert.ok(world.kubelets.byName.get("n1")!.resources.memoryAvailableBytes > 7 * 1024 * 1024 * 1024);
});

test("metrics: what was used between the last two scrapes", () => {
  const world = new World();
  world.create(pod("a", { "cpu-use": "0.25", "memory-use": "100Mi" }));
  world.run(60);
  const [metrics] = world.kubelets.metrics.list("default") as readonly PodMetrics[];
  assert.equal(metrics?.containers[0]?.usage, { cpu: "250000000n", memory: `${100 * 1024}Ki` });
  const kubelet = world.kubelets.byName.get("n1")!;
  kubelet.setUsage("pods/default/a", 750, 200 * 1024 * 1024);
  world.run(100);
  const [later] = world.kubelets.metrics.list("default") as readonly PodMetrics[];
  assert.equal(later?.containers[0]?.usage, { cpu: "750000000n", memory: `${200 * 1024}Ki` });
});

test("metrics of a change in the middle of the window are its mean", () => {
  const world = new World();
  world.create(pod("a", { "cpu-use": "0" }));
  world.at(300, () => world.kubelets.byName.get("n1")!.setUsage("pods/default/a", 1000, 0));
  const seen = new Set<number>();
  for (let second = 290; second < 340; second++) {
    world.run(second);
    const [metrics] = world.kubelets.metrics.list("default") as readonly PodMetrics[];
    seen.add(Number(String(metrics?.containers[0]?.usage.cpu).slice(0, -1)) / 1e6);
  }
  const values = [...seen];
  assert.is(values[0], 0);
  assert.is(values.at(-1), 1000);
  assert.ok(values.length === 3 && values[1]! > 0 && values[1]! < 1000, values.join(" "));
});

test("no metrics of nodes that do not answer, of young containers, and while metrics.k8s.io is down", () => {
  const world = new World({ nodes: [node("n1"), node("n2")] });
  world.create(pod("a"), pod("b", {}, {}, "n2"));
  world.run(8);
  assert.is((world.kubelets.metrics.list("") as unknown[]).length, 0);
  world.run(60);
  assert.is((world.kubelets.metrics.list("") as unknown[]).length, 2);
  world.faults.crash("n2");
  assert.is((world.kubelets.metrics.list("") as unknown[]).length, 1);
  const end = world.faults.metricsOutage();
  let answer: unknown;
  world.client.list("podMetrics", { namespace: "default" }, (given) => {
    answer = given;
  });
  world.run(61);
  assert.is((answer as { reason?: string }).reason, "ServiceUnavailable");
  end();
  world.client.list("podMetrics", { namespace: "default" }, (given) => {
    answer = given;
  });
  world.run(62);
  assert.is((answer as unknown[]).length, 1);
});

test("requests that reach a pod cost CPU and memory, and a CPU limit says how many it can answer", () => {
  const world = new World();
  const annotations = { "cpu-use": "0.1", "cpu-per-request": "0.01", "memory-use": "10Mi", "memory-per-rps": "1Mi" };
  world.create(pod("a", annotations, app({ limits: { cpu: "1100m" } })));
  world.run(10);
  assert.is(world.podNetwork.get("pods/default/a")?.capacityPerSecond, 100);
  world.podNetwork.setLoad("pods/default/a", 50);
  const usage = [...world.kubelets.byName.get("n1")!.resources.usages.values()][0]!;
  assert.is(usage.cpuMilli, 600);
  assert.is(usage.memoryBytes, 60 * 1024 * 1024);
  world.podNetwork.setLoad("pods/default/a", 500);
  assert.is(usage.cpuMilli, 1100);
});

const usages = (world: World) =>
  new Map([...world.kubelets.byName.get("n1")!.resources.usages.values()].map((u) => [u.pod.pod.metadata.name, u]));

const shares = (world: World) =>
  [...usages(world)].map(([name, { cpuMilli }]) => `${name} ${Math.round(cpuMilli)}`).sort();

const row = (world: World, name: string) => {
  world.kubelets.finish();
  const { numbers } = world.recorder.pods;
  const at = world.recorder.pods.row(world.pod(name)?.metadata.uid ?? "");
  const seconds = (column: "cpuUsedMicros" | "cpuThrottledMicros" | "cpuStarvedMicros") =>
    Math.round(numbers[column].get(at) / 1e5) / 10;
  return [seconds("cpuUsedMicros"), seconds("cpuThrottledMicros"), seconds("cpuStarvedMicros")];
};

test("a container that wants more CPU than its limit gets the limit, and is throttled for the rest of the time", () => {
  const world = new World();
  world.create(pod("a", { "cpu-use": "2" }, app({ limits: { cpu: "500m" } })));
  world.run(102);
  const began = usages(world).get("a")!.container.truth.startedAtMicros / 1e6;
  const lasted = 102 - began;
  const [used, throttled, starved] = row(world, "a");
  assert.is(used, Math.round(lasted * 5) / 10);
  assert.is(throttled, Math.round(lasted * 7.5) / 10);
  assert.is(starved, 0);
});

test("without a limit nothing is throttled, and while there is enough CPU nothing is starved", () => {
  const world = new World();
  world.create(pod("a", { "cpu-use": "3" }), pod("b", { "cpu-use": "1" }));
  world.run(50);
  assert.equal(row(world, "a").slice(1), [0, 0]);
  assert.equal(shares(world), ["a 3000", "b 1000"]);
});

test("CPU that is short is parted by requests; who wants less than its part leaves the rest to the others", () => {
  const world = new World();
  const request = (cpu: string) => app({ requests: { cpu } });
  world.create(
    pod("big", { "cpu-use": "4" }, request("2")),
    pod("small", { "cpu-use": "4" }, request("1")),
    pod("modest", { "cpu-use": "400m" }, request("800m")),
  );
  world.run(20);
  assert.equal(shares(world), ["big 2400", "modest 400", "small 1200"]);
  // when one goes, the others have it all
  world.delete("big", 0);
  world.run(40);
  assert.equal(shares(world), ["modest 400", "small 3600"]);
});

test("pods without requests get next to nothing while CPU is short", () => {
  const world = new World();
  world.create(pod("a", { "cpu-use": "8" }, app({ requests: { cpu: "2" } })), pod("best-effort", { "cpu-use": "1" }));
  world.run(60);
  // 2 shares against 2048
  assert.equal(shares(world), ["a 3996", "best-effort 4"]);
  assert.ok(row(world, "best-effort")[2]! > 50);
});

test("what containers get is what the metrics say", () => {
  const world = new World();
  world.create(
    pod("a", { "cpu-use": "6" }, app({ requests: { cpu: "1" } })),
    pod("b", { "cpu-use": "6" }, app({ requests: { cpu: "1" } })),
  );
  world.run(90);
  const cpu = world.kubelets.metrics.list()?.map(({ containers }) => containers[0]?.usage.cpu);
  assert.equal(cpu, ["2000000000n", "2000000000n"]);
});

test("a slow machine has less CPU", () => {
  const world = new World();
  world.create(pod("a", { "cpu-use": "3" }));
  world.run(20);
  const undo = world.faults.slow("n1", 2);
  assert.equal(shares(world), ["a 2000"]);
  undo();
  assert.equal(shares(world), ["a 3000"]);
});

test("the use of a node: means over time and the most at once, leaks included", () => {
  const world = new World();
  world.create(pod("a", { "cpu-use": "2", "memory-use": "100Mi", "memory-leak": "1Mi" }));
  world.run(100);
  const began = usages(world).get("a")!.container.truth.startedAtMicros;
  const use = world.kubelets.byName.get("n1")!.resources.take();
  const lasted = 100e6 - began;
  const mebi = 1024 * 1024;
  assert.is(use.cpuPeakMilli, 2000);
  assert.is(use.cpuMilliMicros, 2000 * lasted);
  assert.is(Math.round(use.memoryPeakBytes), Math.round((100 + lasted / 1e6) * mebi));
  assert.is(Math.round(use.memoryByteMicros / mebi / 1e6), Math.round((100 + lasted / 2e6) * (lasted / 1e6)));
  assert.is(world.kubelets.byName.get("n1")!.resources.take().cpuMilliMicros, 0, "each is told once");
});

test("power off ends all use", () => {
  const world = new World();
  world.create(pod("a", { "cpu-use": "2" }));
  world.run(50);
  const began = usages(world).get("a")!.container.truth.startedAtMicros;
  world.faults.crash("n1");
  world.run(100);
  assert.is(world.kubelets.byName.get("n1")!.resources.take().cpuMilliMicros, 2000 * (50e6 - began));
});

test.run();
