// Pure parts of nodes: back-off, ranking, conditions, texts, initial objects.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { SECOND } from "../../sim/engine/tick.ts";
import type { Node, Pod } from "../../sim/model/objects.ts";
import { KubeletBackOff } from "../../sim/node/container.ts";
import { binary, evictionMessage, rank, thresholdBytes } from "../../sim/node/eviction-ranking.ts";
import { completeNode, initialLease, isUnready } from "../../sim/node/initial-nodes.ts";
import { conditionsDiffer, HEALTHY, nodeConditions } from "../../sim/node/node-conditions.ts";
import { probeFailure } from "../../sim/node/probe-messages.ts";
import { seconds } from "../../sim/node/text.ts";

const test = suite("node/small-parts");

test("back-off: none before the first, doubling to the longest, anew after twice the longest", () => {
  const backOff = new KubeletBackOff(10 * SECOND, 300 * SECOND);
  assert.is(backOff.endsAtMicros(0), 0);
  const pauses: number[] = [];
  let at = 0;
  for (let i = 0; i < 7; i++) {
    backOff.next(at);
    pauses.push(backOff.pauseMicros / SECOND);
    at = backOff.endsAtMicros(at + SECOND);
  }
  assert.equal(pauses, [10, 20, 40, 80, 160, 300, 300]);
  backOff.next(at + 601 * SECOND);
  assert.is(backOff.pauseMicros, 10 * SECOND);
});

test("eviction order: above the request first, then priority, then by how much", () => {
  const pod = (memory: string | undefined, priority = 0): Pod => ({
    metadata: { name: "p" },
    spec: {
      priority,
      containers: [{ name: "c", resources: memory === undefined ? {} : { requests: { memory } } }],
    },
  });
  const gi = 1024 * 1024 * 1024;
  const order = rank(
    [
      { item: "within", pod: pod("4Gi"), usedBytes: 3 * gi },
      { item: "important", pod: pod("1Gi", 100), usedBytes: 5 * gi },
      { item: "little", pod: pod("1Gi"), usedBytes: 2 * gi },
      { item: "much", pod: pod(undefined), usedBytes: 2 * gi },
    ],
    "memory",
  );
  assert.equal(
    order.map(({ item }) => item),
    ["much", "little", "important", "within"],
  );
});

test("thresholds and what evicted pods say", () => {
  assert.is(thresholdBytes({ share: 0.1 }, 1000), 100);
  assert.is(thresholdBytes({ bytes: 5 }, 1000), 5);
  assert.equal([binary(1024 * 1024 * 100), binary(1024 * 1024 * 1024), binary(5000)], ["100Mi", "1Gi", "4Ki"]);
  const offender = { name: "app", usedBytes: 2 * 1024 * 1024, requestBytes: 1024 * 1024 };
  assert.is(
    evictionMessage("memory.available", 100 * 1024 * 1024, 90 * 1024 * 1024, [offender]),
    "The node was low on resource: memory. Threshold quantity: 100Mi, available: 90Mi. Container app was using 2Mi, request is 1Mi, has larger consumption of memory. ",
  );
});

test("conditions: reasons and messages of 1.36, transition times only where the status changes", () => {
  const first = nodeConditions([], HEALTHY, "t1");
  assert.equal(
    first.map((c) => `${c.type}=${c.status} ${c.reason}: ${c.message}`),
    [
      "MemoryPressure=False KubeletHasSufficientMemory: kubelet has sufficient memory available",
      "DiskPressure=False KubeletHasNoDiskPressure: kubelet has no disk pressure",
      "PIDPressure=False KubeletHasSufficientPID: kubelet has sufficient PID available",
      "Ready=True KubeletReady: kubelet is posting ready status",
    ],
  );
  const node: Node = { metadata: { name: "n" }, status: { conditions: first } };
  assert.not(conditionsDiffer(node, HEALTHY));
  const sick = { ...HEALTHY, diskPressure: true };
  assert.ok(conditionsDiffer(node, sick));
  const other = { type: "NetworkUnavailable", status: "False" };
  const later = nodeConditions([...first, other], sick, "t2");
  assert.is(later.find((c) => c.type === "DiskPressure")?.lastTransitionTime, "t2");
  assert.is(later.find((c) => c.type === "Ready")?.lastTransitionTime, "t1");
  assert.is(later.find((c) => c.type === "Ready")?.lastHeartbeatTime, "t2");
  assert.ok(later.includes(other));
});

test("nodes at the start look as if they had run for long; what they say themselves stays", () => {
  const given: Node = {
    metadata: { name: "n", uid: "u", labels: { a: "b" } },
    status: { addresses: [{ type: "InternalIP", address: "1.2.3.4" }] },
  };
  const node = completeNode(given, 300);
  assert.is(node.metadata.labels?.a, "b");
  assert.is(node.metadata.labels?.["kubernetes.io/hostname"], "n");
  assert.is(node.status?.addresses?.[0]?.address, "1.2.3.4");
  assert.is(node.spec?.podCIDR, "10.129.44.0/24");
  assert.is(node.status?.nodeInfo?.kubeletVersion, "v1.36.2");
  assert.not(isUnready(node));
  assert.equal(initialLease(node, 40, -3_000_000).spec, {
    holderIdentity: "n",
    leaseDurationSeconds: 40,
    renewTime: "2025-12-31T23:59:57.000000Z",
  });
  const dead: Node = { metadata: { name: "n" }, status: { conditions: [{ type: "Ready", status: "Unknown" }] } };
  assert.ok(isUnready(completeNode(dead, 0)));
});

test("durations as Go writes them", () => {
  assert.equal(
    [350_000, 10_000_000, 80_000_000, 300_000_000, 3_725_000_000, 1500].map((micros) => seconds(micros)),
    ["350ms", "10s", "1m20s", "5m0s", "1h2m5s", "1.5ms"],
  );
});

test("what kubelets say of failed probes", () => {
  const silent = (probe: object) => probeFailure("liveness", probe, "10.0.0.1", true);
  const unwell = (probe: object) => probeFailure("readiness", probe, "10.0.0.1", false);
  assert.is(unwell({ httpGet: {} }), "Readiness probe failed: HTTP probe failed with statuscode: 503");
  assert.is(
    unwell({ tcpSocket: { port: 5 } }),
    "Readiness probe failed: dial tcp 10.0.0.1:5: connect: connection refused",
  );
  assert.match(
    silent({ httpGet: { port: 8 } }),
    /^Liveness probe failed: Get "http:\/\/10\.0\.0\.1:8\/": context deadline exceeded/,
  );
  assert.is(silent({ tcpSocket: { port: 5 } }), "Liveness probe failed: dial tcp 10.0.0.1:5: i/o timeout");
});

test.run();
