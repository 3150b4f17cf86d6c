// ImageLocality: which images count, and by how much.
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { ContainerImage, Node, Pod } from "../../../sim/model/objects.ts";
import { normalizedImageName } from "../../../sim/scheduler/plugins/image-locality.ts";
import { Snapshot } from "../../../sim/scheduler/snapshot.ts";
import { node, pod } from "../cluster.ts";
import { decisionOf } from "../decision-of.ts";

const MIB = 1024 * 1024;

function holding(name: string, ...images: readonly ContainerImage[]): Node {
  const n = node(name);
  return { ...n, status: { ...n.status, images } };
}

const image = (name: string, mebibytes: number): ContainerImage => ({ names: [name], sizeBytes: mebibytes * MIB });

function running(...images: readonly string[]): Pod {
  return pod("p", { spec: { containers: images.map((name, i) => ({ name: `c${i}`, image: name })) } });
}

test("names without a tag get :latest; a port in the registry's name is no tag", () => {
  assert.is(normalizedImageName("nginx"), "nginx:latest");
  assert.is(normalizedImageName("nginx:1.2"), "nginx:1.2");
  assert.is(normalizedImageName("host:5000/tool"), "host:5000/tool:latest");
  assert.is(normalizedImageName("host:5000/tool:3"), "host:5000/tool:3");
  assert.is(normalizedImageName("a/b@sha256:00"), "a/b@sha256:00");
});

test("size × share of nodes that hold it, from 23 MiB to 1000 MiB per container", () => {
  const nodes = [holding("a", image("x:1", 600)), holding("b", image("x:1", 600)), node("c"), node("d")];
  // 600 MiB × 2/4 = 300 MiB: 100 × 277 / 977
  assert.equal(decisionOf({ nodes }, running("x:1")).scores?.ImageLocality, [28, 28, 0, 0]);
  // the threshold grows with the containers: 100 × 277 / 1977
  assert.equal(decisionOf({ nodes }, running("x:1", "y:1")).scores?.ImageLocality, [14, 14, 0, 0]);
  const small = [holding("a", image("x:1", 20)), holding("b", image("x:1", 20))];
  assert.equal(decisionOf({ nodes: small }, running("x:1")).scores?.ImageLocality, [0, 0]);
  const large = [holding("a", image("x:1", 5000)), holding("b", image("x:1", 5000))];
  assert.equal(decisionOf({ nodes: large }, running("x:1")).scores?.ImageLocality, [100, 100]);
});

test("the size of an image is the one that the first node reported", () => {
  const nodes = [holding("a", image("x:1", 400)), holding("b", image("x:1", 900))];
  const expected = Math.floor((100 * (400 - 23)) / 977);
  assert.equal(decisionOf({ nodes }, running("x:1")).scores?.ImageLocality, [expected, expected]);
  const snapshot = Snapshot.of({ nodes });
  snapshot.removeNode("a");
  assert.equal(snapshot.imageStates.get("x:1"), { sizeBytes: 400 * MIB, nodes: 1 });
  snapshot.removeNode("b");
  assert.is(snapshot.imageStates.get("x:1"), undefined);
});

test("image volumes add to the sum but not to the containers; init containers to both", () => {
  const nodes = [holding("a", image("x:1", 500)), holding("b", image("x:1", 500))];
  const volume: Pod = {
    ...running("y:1"),
    spec: { ...running("y:1").spec, volumes: [{ name: "v", image: { reference: "x:1" } }] },
  };
  assert.equal(decisionOf({ nodes }, volume).scores?.ImageLocality, [48, 48]);
  const init: Pod = {
    ...running("y:1"),
    spec: { ...running("y:1").spec, initContainers: [{ name: "i", image: "x:1" }] },
  };
  assert.equal(decisionOf({ nodes }, init).scores?.ImageLocality, [24, 24]);
});

test.run();
