// Verbs that change a pod template, which begins a rollout.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { setEnv } from "../../sim/kubectl/verbs/set-env.ts";
import { setImage } from "../../sim/kubectl/verbs/set-image.ts";
import { World } from "../controllers/world.ts";
import { call } from "./rig.ts";

const object = [{ list: "deployments" as const, key: "default/web" }];

function world(): World {
  const w = new World({ controllers: [], nodes: 1 });
  const containers = [
    { name: "web", image: "web:v1" },
    { name: "proxy", image: "proxy:v1" },
  ];
  const template = { metadata: { labels: { app: "web" } }, spec: { containers } };
  w.create("deployments", {
    metadata: { name: "web", namespace: "default" },
    spec: { replicas: 2, selector: { matchLabels: { app: "web" } }, template },
  } as never);
  w.run(1);
  return w;
}

const containersOf = (w: World) => w.get("deployments", "default/web").spec!.template!.spec!.containers;

test("setImage: the container that is named, or all; a generation more", () => {
  const w = world();
  const generation = w.get("deployments", "default/web").metadata.generation!;
  const { out } = call(w, setImage, { object, images: { web: "web:v2" }, annotations: undefined });
  assert.equal(out, ["deployment.apps/web image updated"]);
  assert.equal(
    containersOf(w).map(({ image }) => image),
    ["web:v2", "proxy:v1"],
  );
  assert.is(w.get("deployments", "default/web").metadata.generation, generation + 1);
  call(w, setImage, { object, images: { "*": "all:v3" }, annotations: undefined });
  assert.equal(
    containersOf(w).map(({ image }) => image),
    ["all:v3", "all:v3"],
  );
});

test("setImage: a container that is not there changes nothing", () => {
  const w = world();
  const { err, out } = call(w, setImage, { object, images: { webb: "x" }, annotations: undefined });
  assert.equal([out, err], [[], ['error: unable to find container named "webb"']]);
  assert.equal(
    containersOf(w).map(({ image }) => image),
    ["web:v1", "proxy:v1"],
  );
});

test("setEnv: sets and takes away, in one container or in all", () => {
  const w = world();
  call(w, setEnv, { object, env: { LEVEL: "debug" }, container: "web" });
  assert.equal(
    containersOf(w).map(({ env }) => env ?? []),
    [[{ name: "LEVEL", value: "debug" }], []],
  );
  call(w, setEnv, { object, env: { LEVEL: null }, container: undefined });
  assert.ok(containersOf(w).every(({ env }) => (env ?? []).length === 0));
});

test.run();
