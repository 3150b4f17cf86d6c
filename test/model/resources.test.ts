// Pod requests rule by rule (KEP-753 sidecars, KEP-1287 in-place resize, KEP-2837 pod-level resources), and against a
// simulation that starts the containers one after the other and watches what is held.
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Container, Pod, PodSpec, PodStatus, ResourceList } from "../../sim/model/objects.ts";
import { QuantityError } from "../../sim/model/quantity.ts";
import {
  aggregateContainerRequests,
  hasPodLevelRequests,
  isScalarResourceName,
  nonZeroRequests,
  podRequests,
  scoringRequests,
} from "../../sim/model/resources.ts";

const MIB = 1024 * 1024;

function pod(spec: Partial<PodSpec>, status?: PodStatus): Pod {
  return { metadata: { name: "p" }, spec: { containers: [], ...spec }, ...(status === undefined ? {} : { status }) };
}

function container(requests?: ResourceList, more: Partial<Container> = {}): Container {
  return { name: "c", ...(requests === undefined ? {} : { resources: { requests } }), ...more };
}

test("containers add up; sums are exact before they are rounded", () => {
  const requests = podRequests(
    pod({ containers: [container({ cpu: "0.4m", memory: "1.5" }), container({ cpu: "0.4m", memory: "1.5" })] }),
  );
  assert.is(requests.cpuMilli, 1, "0.8m rounds up once");
  assert.is(requests.memoryBytes, 3);
});

test("resources by name: ephemeral storage, extended resources, huge pages; unknown ones are not counted", () => {
  const list = {
    cpu: "1",
    memory: "1Gi",
    "ephemeral-storage": "2Gi",
    "nvidia.com/gpu": 2,
    "hugepages-2Mi": "4Mi",
    "attachable-volumes-csi-x": 1,
    pods: 3,
    foo: 1,
  };
  const requests = podRequests(pod({ containers: [container(list)] }));
  assert.is(requests.ephemeralBytes, 2048 * MIB);
  assert.equal(
    [...requests.scalar],
    [
      ["nvidia.com/gpu", 2],
      ["hugepages-2Mi", 4 * MIB],
      ["attachable-volumes-csi-x", 1],
    ],
  );
  assert.is(isScalarResourceName("cpu"), false);
});

test("an init container raises the request, a sidecar adds to it and to all that start after it", () => {
  const init = (cpu: string) => container({ cpu });
  const sidecar = (cpu: string) => container({ cpu }, { restartPolicy: "Always" });
  const cpu = (spec: Partial<PodSpec>) => podRequests(pod(spec)).cpuMilli;
  assert.is(cpu({ containers: [container({ cpu: "1" })], initContainers: [init("3")] }), 3000);
  assert.is(cpu({ containers: [container({ cpu: "1" }), container({ cpu: "2" })], initContainers: [init("2")] }), 3000);
  assert.is(cpu({ containers: [container({ cpu: "1" })], initContainers: [sidecar("1")] }), 2000);
  assert.is(
    cpu({ containers: [container({ cpu: "1" })], initContainers: [init("3"), sidecar("1")] }),
    3000,
    "before the sidecar",
  );
  assert.is(
    cpu({ containers: [container({ cpu: "1" })], initContainers: [sidecar("1"), init("3")] }),
    4000,
    "beside the sidecar",
  );
  assert.is(
    cpu({ containers: [container({ cpu: "1" })], initContainers: [sidecar("1"), init("1"), sidecar("2")] }),
    4000,
  );
});

test("overhead comes on top of everything", () => {
  const requests = podRequests(
    pod({
      containers: [container({ cpu: "1" })],
      initContainers: [container({ cpu: "2" })],
      overhead: { cpu: "100m", memory: "16Mi" },
    }),
  );
  assert.is(requests.cpuMilli, 2100);
  assert.is(requests.memoryBytes, 16 * MIB);
});

test("pod-level requests replace the sum, resource by resource, for CPU, memory and huge pages only", () => {
  const spec = {
    containers: [container({ cpu: "1", memory: "1Gi", "nvidia.com/gpu": 1 })],
    resources: { requests: { cpu: "500m", "nvidia.com/gpu": 7, "ephemeral-storage": "1Gi" } },
    overhead: { cpu: "10m" },
  };
  const requests = podRequests(pod(spec));
  assert.is(requests.cpuMilli, 510);
  assert.is(requests.memoryBytes, 1024 * MIB);
  assert.is(requests.scalar.get("nvidia.com/gpu"), 1);
  assert.is(requests.ephemeralBytes, 0);
  assert.is(hasPodLevelRequests(pod(spec)), true);
  assert.is(hasPodLevelRequests(pod({ resources: { requests: { "nvidia.com/gpu": 1 } } })), false);
  assert.is(hasPodLevelRequests(pod({ resources: { limits: { cpu: 1 } } })), false);
});

test("missing requests count as 100m and 200Mi when nodes are scored, zero ones do not", () => {
  const two = pod({ containers: [container(), container({ cpu: "0", memory: "1Mi" })] });
  assert.equal(nonZeroRequests(two), { cpuMilli: 100, memoryBytes: 201 * MIB });
  assert.equal(cpuAndMemory(scoringRequests(two)), nonZeroRequests(two));
  assert.is(podRequests(two).cpuMilli, 0);
  const init = pod({ containers: [container({ cpu: "1m", memory: "1" })], initContainers: [container()] });
  assert.equal(
    nonZeroRequests(init),
    { cpuMilli: 100, memoryBytes: 200 * MIB },
    "init containers have the defaults too",
  );
});

function cpuAndMemory({ cpuMilli, memoryBytes }: { cpuMilli: number; memoryBytes: number }) {
  return { cpuMilli, memoryBytes };
}

test("with pod-level requests, accounting has no defaults for what is named anywhere; scoring leaves the pod level out", () => {
  const mixed = pod({
    containers: [container({ cpu: "250m" }), container()],
    resources: { requests: { memory: "64Mi" } },
  });
  assert.equal(nonZeroRequests(mixed), { cpuMilli: 250, memoryBytes: 64 * MIB });
  assert.equal(cpuAndMemory(scoringRequests(mixed)), { cpuMilli: 350, memoryBytes: 400 * MIB });
  const none = pod({ containers: [container()], resources: { requests: { memory: "64Mi" } } });
  assert.equal(nonZeroRequests(none), { cpuMilli: 100, memoryBytes: 64 * MIB });
});

test("an in-place resize holds the most of what is asked, runs and is promised", () => {
  const spec = { containers: [container({ cpu: "1" }, { name: "a" })] };
  const status = (actual: string, allocated: string, reason?: string): PodStatus => ({
    containerStatuses: [
      { name: "a", resources: { requests: { cpu: actual } }, allocatedResources: { cpu: allocated } },
    ],
    ...(reason === undefined ? {} : { conditions: [{ type: "PodResizePending", status: "True", reason }] }),
  });
  const cpu = (s: PodStatus) => podRequests(pod(spec, s)).cpuMilli;
  assert.is(cpu(status("500m", "500m")), 1000, "growing: the wish counts");
  assert.is(cpu(status("2", "1")), 2000, "shrinking: what still runs counts");
  assert.is(cpu(status("1", "3")), 3000);
  assert.is(cpu(status("500m", "600m", "Deferred")), 1000);
  assert.is(cpu(status("500m", "600m", "Infeasible")), 600, "an infeasible wish does not count");
  assert.is(podRequests(pod(spec, status("2", "2")), { useStatus: false }).cpuMilli, 1000);
  const withoutActual: PodStatus = { containerStatuses: [{ name: "a", allocatedResources: { cpu: "9" } }] };
  assert.is(cpu(withoutActual), 1000, "without status.resources the status says nothing");
});

test("resizes: sidecars count by their status, other init containers do not", () => {
  const spec = (restartPolicy?: string) => ({
    containers: [container({ cpu: "1" }, { name: "a" })],
    initContainers: [container({ cpu: "1" }, { name: "i", ...(restartPolicy === undefined ? {} : { restartPolicy }) })],
  });
  const status: PodStatus = { initContainerStatuses: [{ name: "i", resources: { requests: { cpu: "5" } } }] };
  assert.is(podRequests(pod(spec("Always"), status)).cpuMilli, 6000);
  assert.is(podRequests(pod(spec(), status)).cpuMilli, 1000);
});

test("resizes at pod level", () => {
  const spec = { containers: [container({ cpu: "1" })], resources: { requests: { cpu: "2" } } };
  assert.is(podRequests(pod(spec, { resources: { requests: { cpu: "3" } } })).cpuMilli, 3000);
  assert.is(
    podRequests(pod(spec, { resources: { requests: { cpu: "1" } }, allocatedResources: { cpu: "4" } })).cpuMilli,
    4000,
  );
  const infeasible: PodStatus = {
    resources: { requests: { cpu: "1" } },
    conditions: [{ type: "PodResizePending", status: "True", reason: "Infeasible" }],
  };
  assert.is(podRequests(pod(spec, infeasible)).cpuMilli, 1000);
});

test("aggregated requests as quantities that mean the same", () => {
  const spec = {
    containers: [container({ cpu: "1.0005", memory: "1.5Gi" }), container({ cpu: "100u" })],
    initContainers: [],
  };
  assert.equal(aggregateContainerRequests(spec), { cpu: "1000600000n", memory: "1610612736" });
  assert.equal(aggregateContainerRequests({ containers: [container({ cpu: "1500m" })] }), { cpu: "1500m" });
});

function isQuantityError(error: Error): boolean {
  return error instanceof QuantityError;
}

test("impossible quantities are refused", () => {
  assert.throws(() => podRequests(pod({ containers: [container({ memory: "8Ei" })] })), isQuantityError);
  assert.throws(() => podRequests(pod({ containers: [container({ cpu: "abc" })] })), isQuantityError);
  const half = container({ memory: "5000000000000000" });
  assert.throws(() => podRequests(pod({ containers: [half, half] })), /memory is too large/);
});

// starts init containers in order, sidecars stay, then all containers run: the highest sum at any moment
function highestCpu(spec: PodSpec): number {
  const cpu = (c: Container) => Number(c.resources?.requests?.["cpu"] ?? 0) * 1000;
  let sidecars = 0;
  let highest = 0;
  for (const c of spec.initContainers ?? []) {
    if (c.restartPolicy === "Always") {
      sidecars += cpu(c);
      highest = Math.max(highest, sidecars);
    } else highest = Math.max(highest, sidecars + cpu(c));
  }
  return Math.max(highest, sidecars + spec.containers.reduce((sum, c) => sum + cpu(c), 0));
}

test("agrees with watching the containers start", () => {
  const containers = fc.array(
    fc.integer({ min: 0, max: 9 }).map((cpu) => container({ cpu })),
    { maxLength: 4 },
  );
  const inits = fc.array(
    fc
      .record({ cpu: fc.integer({ min: 0, max: 9 }), sidecar: fc.boolean() })
      .map(({ cpu, sidecar }) => container({ cpu }, sidecar ? { restartPolicy: "Always" } : {})),
    { maxLength: 5 },
  );
  fc.assert(
    fc.property(containers, inits, (main, init) => {
      const spec = { containers: main, initContainers: init };
      assert.is(podRequests(pod(spec)).cpuMilli, highestCpu(spec));
    }),
    { seed: 20260805, numRuns: 1000 },
  );
});

test.run();
