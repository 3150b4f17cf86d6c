// create and apply: one request after the other for each object, what of others stays, and answers that are errors.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ApiError } from "../../../sim/apiserver/client.ts";
import { apply } from "../../../sim/kubectl/verbs/apply.ts";
import { create } from "../../../sim/kubectl/verbs/create.ts";
import type { ManifestObject } from "../../../sim/model/action-plan.ts";
import type { Deployment } from "../../../sim/model/objects.ts";
import { World } from "../../controllers/world.ts";
import { type CallOptions, call } from "../rig.ts";

function deployment(name: string, image: string, replicas?: number): Deployment {
  const template = { metadata: { labels: { app: name } }, spec: { containers: [{ name: "c", image }] } };
  const spec = { selector: { matchLabels: { app: name } }, template };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: "default" },
    spec: replicas === undefined ? spec : { ...spec, replicas },
  };
}

const manifest = (object: Deployment, lastApplied: Deployment | null = null): ManifestObject => ({
  list: "deployments",
  object,
  lastApplied,
});

const world = () => new World({ controllers: [], nodes: 0 });
const applied = (w: World, objects: readonly ManifestObject[], options: CallOptions = {}) =>
  call(w, apply, { file: undefined, objects }, options);
const created = (w: World, objects: readonly ManifestObject[], options: CallOptions = {}) =>
  call(w, create, { file: undefined, objects }, options);

test("create sends each object once, in order; one that is there already is an error, and the next is created", () => {
  const w = world();
  const objects = [
    manifest(deployment("a", "a:1")),
    manifest(deployment("a", "a:2")),
    manifest(deployment("b", "b:1")),
  ];
  const { asked, err, failure, isOver, out } = created(w, objects);
  assert.equal(asked, ["create deployments a", "create deployments a", "create deployments b"]);
  assert.equal(out, ["deployment.apps/a created", "deployment.apps/b created"]);
  assert.equal(err, ['Error from server (AlreadyExists): deployments.apps "a" already exists']);
  assert.is(failure, err[0]);
  assert.ok(isOver);
});

test("apply creates what is not there, after a look", () => {
  const w = world();
  const { asked, out } = applied(w, [manifest(deployment("a", "a:1"))]);
  assert.equal(asked, ["get deployments default/a", "create deployments a"]);
  assert.equal(out, ["deployment.apps/a created"]);
});

test("apply leaves alone what is as it should be, and sends no patch for it", () => {
  const w = world();
  const object = deployment("a", "a:1");
  applied(w, [manifest(object)]);
  const { asked, out } = applied(w, [manifest(object, object)]);
  assert.equal(asked, ["get deployments default/a"]);
  assert.equal(out, ["deployment.apps/a unchanged"]);
});

test("apply changes what the manifest changes, takes away what it no longer says, and leaves what others have set", () => {
  const w = world();
  const first = deployment("a", "a:1");
  const labelled = { ...first, metadata: { ...first.metadata, labels: { team: "x" } } };
  applied(w, [manifest(labelled)]);
  w.patch("deployments", "default/a", (before) => ({ ...before, spec: { ...before.spec!, replicas: 7 } }));
  w.run(1);
  const { asked, out } = applied(w, [manifest(deployment("a", "a:2"), labelled)]);
  assert.equal(asked, ["get deployments default/a", "patch deployments default/a"]);
  assert.equal(out, ["deployment.apps/a configured"]);
  const { metadata, spec } = w.get("deployments", "default/a");
  assert.is(spec?.replicas, 7, "an autoscaler's");
  assert.is(spec?.template?.spec?.containers[0]?.image, "a:2");
  assert.is(metadata.labels?.["team"], undefined);
});

test("an answer that is an error ends what it was about, not the rest", () => {
  const w = world();
  const down = new ApiError("NoAnswer", "connection refused");
  const forbidden = new ApiError("Forbidden", 'deployments.apps is forbidden: User "dev" cannot create resource');
  const objects = [
    manifest(deployment("a", "a:1")),
    manifest(deployment("b", "b:1")),
    manifest(deployment("c", "c:1")),
  ];
  const { asked, err, failure, out } = applied(w, objects, {
    answers: (request) =>
      request === "get deployments default/a" ? down : request === "create deployments b" ? forbidden : null,
  });
  assert.equal(asked, [
    "get deployments default/a",
    "get deployments default/b",
    "create deployments b",
    "get deployments default/c",
    "create deployments c",
  ]);
  assert.equal(err, [
    "The connection to the server was refused or lost - did you specify the right host or port?",
    'Error from server (Forbidden): deployments.apps is forbidden: User "dev" cannot create resource',
  ]);
  assert.is(failure, err[0], "the first counts");
  assert.equal(out, ["deployment.apps/c created"]);
});

test.run();
