// VolumeZone: labels of bound volumes against labels of nodes, and what it says of claims that are not as they should be.
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Labels } from "../../../sim/model/objects.ts";
import { readSchedulerConfiguration } from "../../../sim/model/read-scheduler-configuration.ts";
import { type ClaimParts, Cluster, claim, node, podWithClaims, storageClass, volume, ZONE } from "../cluster.ts";

const REGION = "topology.kubernetes.io/region";
const BETA_ZONE = "failure-domain.beta.kubernetes.io/zone";
const BETA_REGION = "failure-domain.beta.kubernetes.io/region";
const REFUSED = "VolumeZone UnschedulableAndUnresolvable: node(s) had no available volume zone";

const cases: readonly (readonly [rule: string, volumeLabels: Labels, nodeLabels: Labels, fits: boolean])[] = [
  ["same zone", { [ZONE]: "z1" }, { [ZONE]: "z1" }, true],
  ["another zone", { [ZONE]: "z1" }, { [ZONE]: "z2" }, false],
  ["a node without any topology label takes every volume", { [ZONE]: "z1" }, {}, true],
  ["a node with a region only lacks the zone", { [ZONE]: "z1" }, { [REGION]: "r1" }, false],
  ["region and zone must both match", { [ZONE]: "z1", [REGION]: "r1" }, { [ZONE]: "z1", [REGION]: "r2" }, false],
  ["a volume of several zones", { [ZONE]: "z1__z2" }, { [ZONE]: "z2" }, true],
  ["spaces around zones are dropped", { [ZONE]: "z1__ z2 " }, { [ZONE]: "z2" }, true],
  ["a list with a gap is ignored", { [ZONE]: "z1__" }, { [ZONE]: "z9" }, true],
  ["an old label is looked up under its new name", { [BETA_ZONE]: "z1" }, { [ZONE]: "z1" }, true],
  ["an old label against another zone", { [BETA_ZONE]: "z1" }, { [ZONE]: "z2" }, false],
  ["an old label against the same old label", { [BETA_REGION]: "r1" }, { [BETA_REGION]: "r1" }, true],
  ["a new label is not looked up under its old name", { [ZONE]: "z1" }, { [BETA_ZONE]: "z1" }, false],
];

for (const [rule, volumeLabels, nodeLabels, fits] of cases) {
  test(rule, () => {
    const cluster = new Cluster({
      nodes: [node("n", nodeLabels)],
      persistentVolumeClaims: [claim("c", { bound: "pv" })],
      persistentVolumes: [volume("pv", { labels: volumeLabels, phase: "Bound" })],
    });
    assert.equal(cluster.verdicts(podWithClaims("p", ["c"])), { n: fits ? "ok" : REFUSED });
  });
}

test("skipped when no bound volume has a topology label", () => {
  const cluster = new Cluster({
    nodes: [node("n", { [ZONE]: "z1" })],
    persistentVolumeClaims: [claim("c", { bound: "pv" })],
    persistentVolumes: [volume("pv", { zone: "z1", phase: "Bound" })],
  });
  assert.ok(cluster.try(podWithClaims("p", ["c"])).trace.cycle?.state.skipFilterPlugins.has("VolumeZone"));
});

// VolumeBinding and VolumeRestrictions come first in PreFilter and would say it in their own words
const alone = readSchedulerConfiguration({
  apiVersion: "kubescheduler.config.k8s.io/v1",
  kind: "KubeSchedulerConfiguration",
  profiles: [
    {
      plugins: {
        preFilter: { disabled: [{ name: "VolumeBinding" }, { name: "VolumeRestrictions" }] },
        filter: { disabled: [{ name: "VolumeBinding" }, { name: "VolumeRestrictions" }] },
      },
    },
  ],
}).configuration;

const claims: readonly (readonly [rule: string, parts: ClaimParts | null, said: string | null])[] = [
  ["a claim that waits for its first consumer has no zone yet", { className: "wait" }, null],
  ["a missing claim", null, 'persistentvolumeclaim "c" not found'],
  ["a missing volume", { bound: "gone" }, 'persistentvolume "gone" not found'],
  ["neither volume nor class", { className: "" }, "PersistentVolumeClaim had no pv name and storageClass name"],
  ["a missing class", { className: "nope" }, 'storageclass.storage.k8s.io "nope" not found'],
  ["an unbound claim of immediate binding", { className: "now" }, "PersistentVolume had no name"],
];

for (const [rule, parts, said] of claims) {
  test(`claims: ${rule}`, () => {
    const cluster = new Cluster(
      {
        nodes: [node("n")],
        persistentVolumeClaims: parts === null ? [] : [claim("c", parts)],
        storageClasses: [storageClass("wait"), storageClass("now", { volumeBindingMode: "Immediate" })],
      },
      alone,
    );
    const expected = said === null ? { n: "ok" } : { "*": `VolumeZone UnschedulableAndUnresolvable: ${said}` };
    const verdicts = cluster.verdicts(podWithClaims("p", ["c"]));
    // NodeVolumeLimits filters after that; a pod refused here never gets there
    assert.equal(verdicts, expected);
  });
}

test.run();
