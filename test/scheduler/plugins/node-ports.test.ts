// NodePorts: which host ports conflict.
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { ContainerPort, Pod } from "../../../sim/model/objects.ts";
import { Snapshot } from "../../../sim/scheduler/snapshot.ts";
import { node, pod } from "../cluster.ts";
import { decisionOf, verdictsOf } from "../decision-of.ts";

function withPorts(name: string, ports: readonly ContainerPort[], nodeName?: string): Pod {
  return pod(name, { node: nodeName, spec: { containers: [{ name: "main", ports }] } });
}

const port = (hostPort: number, hostIP?: string, protocol?: string): ContainerPort => ({
  containerPort: 1,
  hostPort,
  hostIP,
  protocol,
});

test("same port and protocol conflict unless both name different addresses; 0.0.0.0 and none are all addresses", () => {
  const TAKEN = "NodePorts: node(s) didn't have free ports for the requested pod ports";
  const cases: readonly (readonly [ContainerPort, ContainerPort, string])[] = [
    [port(80), port(80), TAKEN],
    [port(80), port(81), "ok"],
    [port(80, undefined, "UDP"), port(80), "ok"],
    [port(80, undefined, "TCP"), port(80), TAKEN],
    [port(80, "10.0.0.1"), port(80, "10.0.0.2"), "ok"],
    [port(80, "10.0.0.1"), port(80, "10.0.0.1"), TAKEN],
    [port(80, "10.0.0.1"), port(80), TAKEN],
    [port(80), port(80, "10.0.0.1"), TAKEN],
    [port(80, "0.0.0.0"), port(80, "10.0.0.1"), TAKEN],
    [port(0), port(80), "ok"],
  ];
  for (const [used, wanted, expected] of cases) {
    const verdict = verdictsOf(
      { nodes: [node("a")], pods: [withPorts("old", [used], "a")] },
      withPorts("new", [wanted]),
    )[0];
    assert.is(verdict, expected, JSON.stringify([used, wanted]));
  }
});

test("a sidecar's ports count, those of an ordinary init container do not", () => {
  const init = (restartPolicy?: string): Pod =>
    pod("new", {
      spec: { containers: [{ name: "main" }], initContainers: [{ name: "init", restartPolicy, ports: [port(80)] }] },
    });
  const objects = { nodes: [node("a")], pods: [withPorts("old", [port(80)], "a")] };
  assert.match(verdictsOf(objects, init("Always"))[0]!, /NodePorts/);
  assert.is(verdictsOf(objects, init())[0], "ok");
});

test("pods without host ports skip the filter", () => {
  assert.ok(decisionOf({ nodes: [node("a")] }, pod("p")).skippedFilterPlugins?.includes("NodePorts"));
});

test("a port that two pods hold is free when one of them goes: ports are a set, not counts", () => {
  const snapshot = Snapshot.of({ nodes: [node("a")] });
  const both = ["x", "y"].map((name) => snapshot.info(withPorts(name, [port(80)], "a")));
  for (const info of both) snapshot.addPod(info);
  assert.is(snapshot.node("a")?.usedPorts.length, 1);
  assert.is(snapshot.node("a")?.clone([both[1]!]).usedPorts.length, 0);
  snapshot.removePod(both[0]!);
  assert.is(snapshot.node("a")?.usedPorts.length, 0);
});

test.run();
