// rollout pause, resume, restart and undo: the one patch that each sends, and when it sends none.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { deploymentController } from "../../../sim/controllers/deployment.ts";
import { replicaSetController } from "../../../sim/controllers/replica-set.ts";
import { rolloutPause, rolloutResume } from "../../../sim/kubectl/verbs/rollout-pause.ts";
import { rolloutRestart } from "../../../sim/kubectl/verbs/rollout-restart.ts";
import { rolloutUndo } from "../../../sim/kubectl/verbs/rollout-undo.ts";
import { setImage } from "../../../sim/kubectl/verbs/set-image.ts";
import { World } from "../../controllers/world.ts";
import { call } from "../rig.ts";

const object = [{ list: "deployments" as const, key: "default/web" }];
const nobody = [{ list: "deployments" as const, key: "default/nobody" }];
const LOOK_AND_PATCH = ["get deployments default/web", "patch deployments default/web"];

function world(isControlled = false): World {
  const w = new World({ controllers: isControlled ? [deploymentController, replicaSetController] : [] });
  const template = { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "c", image: "web:v1" }] } };
  w.create("deployments", {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "default" },
    spec: { replicas: 2, selector: { matchLabels: { app: "web" } }, template },
  } as never);
  w.run(20);
  return w;
}

const imageOf = (w: World) => w.get("deployments", "default/web").spec?.template?.spec?.containers[0]?.image;
const change = (w: World, image: string) => {
  call(w, setImage, { object, images: { c: image }, annotations: undefined }, 30);
};

test("pause and resume: a look and a patch, and an error when it is so already", () => {
  const w = world();
  const paused = call(w, rolloutPause, { object });
  assert.equal([paused.asked, paused.out], [LOOK_AND_PATCH, ["deployment.apps/web paused"]]);
  const again = call(w, rolloutPause, { object });
  assert.equal(again.asked, LOOK_AND_PATCH.slice(0, 1));
  assert.is(again.failure, "error: deployment.apps/web is already paused");
  assert.equal(call(w, rolloutResume, { object }).out, ["deployment.apps/web resumed"]);
  assert.is(call(w, rolloutResume, { object }).failure, "error: deployment.apps/web is not paused");
  assert.is(w.get("deployments", "default/web").spec?.paused, false);
});

test("restart marks the template with the time, and leaves the rest to controllers", () => {
  const w = world();
  const generation = w.get("deployments", "default/web").metadata.generation!;
  const { asked, out } = call(w, rolloutRestart, { object });
  assert.equal([asked, out], [LOOK_AND_PATCH, ["deployment.apps/web restarted"]]);
  const { metadata, spec } = w.get("deployments", "default/web");
  assert.is(metadata.generation, generation + 1);
  const restarted = spec?.template?.metadata?.annotations?.["kubectl.kubernetes.io/restartedAt"];
  assert.match(restarted!, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
});

test("a paused Deployment is neither restarted nor rolled back", () => {
  const w = world(true);
  change(w, "web:v2");
  call(w, rolloutPause, { object });
  const restarted = call(w, rolloutRestart, { object });
  assert.equal(restarted.asked, LOOK_AND_PATCH.slice(0, 1));
  assert.is(restarted.failure, "error: deployment.apps/web can't restart paused deployment (run rollout resume first)");
  const undone = call(w, rolloutUndo, { object, toRevision: 0 });
  assert.equal(undone.asked, LOOK_AND_PATCH.slice(0, 1));
  assert.match(undone.failure, "you cannot rollback a paused deployment");
});

test("undo takes the template of the ReplicaSet before, and of a revision by its number", () => {
  const w = world(true);
  change(w, "web:v2");
  change(w, "web:v3");
  const { asked, out } = call(w, rolloutUndo, { object, toRevision: 0 }, 30);
  assert.equal(asked, [
    "get deployments default/web",
    'list replicaSets {"namespace":"default"}',
    "patch deployments default/web",
  ]);
  assert.equal(out, ["deployment.apps/web rolled back"]);
  assert.is(imageOf(w), "web:v2");
  assert.equal(
    w.get("deployments", "default/web").spec?.template?.metadata?.labels,
    { app: "web" },
    "without the hash of its ReplicaSet",
  );
  // v2 is revision 4 by now
  call(w, rolloutUndo, { object, toRevision: 1 }, 30);
  assert.is(imageOf(w), "web:v1");
});

test("undo to what it is already patches nothing; to what nobody knows is an error", () => {
  const w = world(true);
  const now = call(w, rolloutUndo, { object, toRevision: 1 });
  assert.is(now.asked.length, 2);
  assert.equal(now.out, ["deployment.apps/web skipped rollback (current template already matches revision 1)"]);
  assert.is(
    call(w, rolloutUndo, { object, toRevision: 9 }).failure,
    "error: unable to find specified revision 9 in history",
  );
  assert.is(
    call(w, rolloutUndo, { object, toRevision: 0 }).failure,
    'error: no rollout history found for deployment "web"',
  );
});

test("a Deployment that is not there is an error of each", () => {
  const w = world();
  for (const { failure } of [
    call(w, rolloutPause, { object: nobody }),
    call(w, rolloutRestart, { object: nobody }),
    call(w, rolloutUndo, { object: nobody, toRevision: 0 }),
  ])
    assert.is(failure, 'Error from server (NotFound): deployments.apps "nobody" not found');
});

test.run();
