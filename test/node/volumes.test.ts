import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ApiError, type Client } from "../../sim/apiserver/client.ts";
import { Engine } from "../../sim/engine/engine.ts";
import { Lifetime } from "../../sim/engine/lifetime.ts";
import { runSteps } from "../../sim/engine/steps.ts";
import type { Tick } from "../../sim/engine/tick.ts";
import type { Node, Pod } from "../../sim/model/objects.ts";
import { Volumes } from "../../sim/node/volumes.ts";
import { node, pod } from "./world.ts";

const test = suite("node/volumes");

const NAME = "kubernetes.io/csi/ebs^vol-1";
const OBJECTS: Readonly<Record<string, unknown>> = {
  "persistentVolumeClaims default/data": { metadata: { name: "data" }, spec: { volumeName: "pv-1" } },
  "persistentVolumeClaims default/loose": { metadata: { name: "loose" }, spec: {} },
  "persistentVolumeClaims default/local": { metadata: { name: "local" }, spec: { volumeName: "pv-2" } },
  "persistentVolumeClaims default/shared": { metadata: { name: "shared" }, spec: { volumeName: "pv-3" } },
  "persistentVolumes pv-1": { metadata: { name: "pv-1" }, spec: { csi: { driver: "ebs", volumeHandle: "vol-1" } } },
  "persistentVolumes pv-2": { metadata: { name: "pv-2" }, spec: { local: { path: "/x" } } },
  "persistentVolumes pv-3": { metadata: { name: "pv-3" }, spec: { csi: { driver: "nfs", volumeHandle: "v" } } },
  "csiDrivers nfs": { metadata: { name: "nfs" }, spec: { attachRequired: false } },
};

const using = (claim: string): Pod => ({
  ...pod("p", {}, { volumes: [{ name: "v", persistentVolumeClaim: { claimName: claim } }] }),
  metadata: { name: "p", namespace: "default", uid: `uid-${claim}` },
});

function machine() {
  const engine = new Engine({ seed: 1 });
  const life = new Lifetime(engine);
  let own: Node = node("n1");
  let changes = 0;
  const client = {
    get: (kind: string, key: string, done: (answer: unknown) => void) =>
      life.after(1000, () => done(OBJECTS[`${kind} ${key}`] ?? new ApiError("NotFound", `${key} not found`))),
  } as unknown as Client;
  const volumes = new Volumes({
    life: () => life,
    client: () => client,
    node: () => own,
    changed: () => changes++,
  });
  const answers: [number, string | null][] = [];
  const attach = (claimed: Pod, isBrokenOff = () => false) =>
    runSteps(volumes.attach(claimed, isBrokenOff), (problem) => answers.push([Math.round(engine.now / 1e6), problem]));
  const says = (attached: boolean, inUse: boolean) => {
    own = {
      ...own,
      status: {
        ...own.status,
        volumesAttached: attached ? [{ name: NAME, devicePath: "" }] : [],
        volumesInUse: inUse ? [NAME] : [],
      },
    };
    volumes.nodeChanged();
  };
  const at = (seconds: number, then: () => void) => engine.at((seconds * 1e6) as Tick, then);
  return { answers, at, attach, changes: () => changes, engine, node: () => own, says, volumes };
}

test("a pod without claims waits for nothing", () => {
  const { answers, attach, changes } = machine();
  attach(pod("a"));
  assert.equal(answers, [[0, null]]);
  assert.is(changes(), 0);
});

test("a disk is waited for until it is attached and known to be in use", () => {
  const { answers, at, attach, engine, node: own, says, volumes } = machine();
  attach(using("data"));
  at(1, () => assert.ok(volumes.differs(own()), "the status is to say that it is in use"));
  at(5, () => says(true, false));
  at(7, () => assert.equal(answers, [], "attached is not enough"));
  at(9, () => says(true, true));
  engine.run();
  assert.equal(answers, [[9, null]]);
  assert.not(volumes.differs(own()));
});

test("after 123 s without it the pod is told, and tries again", () => {
  const { answers, attach, engine } = machine();
  attach(using("data"));
  engine.run();
  assert.is(answers[0]?.[0], 123);
  assert.match(answers[0]?.[1] ?? "", /^Unable to attach or mount volumes: unmounted volumes=\[v\], /);
});

test("volumes that nobody attaches are not waited for: local ones, and those of drivers that need no attaching", () => {
  for (const claim of ["local", "shared"]) {
    const { answers, attach, engine, volumes, node: own } = machine();
    attach(using(claim));
    engine.run();
    assert.equal(answers, [[0, null]], claim);
    assert.not(volumes.differs(own()));
  }
});

test("claims that are not bound, or not there, are told", () => {
  for (const [claim, why] of [
    ["loose", "PVC is not bound"],
    ["nowhere", "default/nowhere not found"],
  ] as const) {
    const { answers, attach, engine } = machine();
    attach(using(claim));
    engine.run();
    assert.is(answers[0]?.[1], `error processing PVC default/${claim}: ${why}`);
  }
});

test("a volume is in use until its last pod has released it", () => {
  const { at, attach, engine, says, volumes } = machine();
  const [a, b] = [using("data"), { ...using("data"), metadata: { ...using("data").metadata, uid: "other" } }];
  says(true, true);
  attach(a);
  attach(b);
  at(1, () => volumes.release(a));
  at(2, () => assert.equal(volumes.inUse([]), [NAME]));
  at(3, () => volumes.release(b));
  engine.run();
  assert.equal(volumes.inUse([NAME]), []);
});

test("what the status says of volumes that this kubelet never had stays", () => {
  const { volumes } = machine();
  assert.equal(volumes.inUse(["kubernetes.io/csi/x^old"]), ["kubernetes.io/csi/x^old"]);
});

test("a pod that goes meanwhile claims nothing", () => {
  const { attach, changes, engine, volumes } = machine();
  attach(using("data"), () => true);
  engine.run();
  assert.equal(volumes.inUse([]), []);
  assert.is(changes(), 0);
});

test("power off: nothing is in use", () => {
  const { at, attach, engine, says, volumes } = machine();
  says(true, true);
  attach(using("data"));
  at(1, () => volumes.clear());
  engine.run();
  assert.equal(volumes.inUse([]), []);
});

test.run();
