// Verbs that change one field: cordon, uncordon, label, scale, with the words of kubectl.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { cordon, uncordon } from "../../sim/kubectl/verbs/cordon.ts";
import { label } from "../../sim/kubectl/verbs/label.ts";
import { scale } from "../../sim/kubectl/verbs/scale.ts";
import { World } from "../controllers/world.ts";
import { call } from "./rig.ts";

function world(): World {
  return new World({ controllers: [], nodes: 2 });
}

test("cordon and uncordon say what they did, and what was so already", () => {
  const w = world();
  const [name = ""] = w.list("nodes").map(({ metadata }) => metadata.name);
  const choice = { node: [name], selector: undefined };
  assert.equal(call(w, cordon, choice).out, [`node/${name} cordoned`]);
  assert.is(w.list("nodes")[0]?.spec?.unschedulable, true);
  assert.equal(call(w, cordon, choice).out, [`node/${name} already cordoned`]);
  assert.equal(call(w, uncordon, choice).out, [`node/${name} uncordoned`]);
  assert.not(w.list("nodes")[0]?.spec?.unschedulable);
});

test("a node that is not there is an error, and the others are done", () => {
  const w = world();
  const [name = ""] = w.list("nodes").map(({ metadata }) => metadata.name);
  const { err, failure, out } = call(w, cordon, { node: ["nowhere", name], selector: undefined });
  assert.equal(err, ['Error from server (NotFound): nodes "nowhere" not found']);
  assert.is(failure, err[0]);
  assert.equal(out, [`node/${name} cordoned`]);
});

test("a label is not changed without overwrite", () => {
  const w = world();
  const [name = ""] = w.list("nodes").map(({ metadata }) => metadata.name);
  const of = (labels: Record<string, string | null>, overwrite = false) =>
    call(w, label, {
      object: [{ list: "nodes", key: name }],
      kind: undefined,
      selector: undefined,
      namespace: "default",
      overwrite,
      labels,
    });
  assert.equal(of({ pool: "a" }).out, [`node/${name} labeled`]);
  assert.ok(of({ pool: "b" }).failure !== "");
  assert.is(w.list("nodes")[0]?.metadata.labels?.pool, "a");
  assert.is(of({ pool: "b" }, true).failure, "");
  assert.is(w.list("nodes")[0]?.metadata.labels?.pool, "b");
  assert.is(of({ pool: null }).failure, "");
  assert.is(w.list("nodes")[0]?.metadata.labels?.pool, undefined);
});

test("scale: only from the number that was expected, and not what is not there", () => {
  const w = world();
  const object = [{ list: "deployments" as const, key: "default/web" }];
  assert.equal(call(w, scale, { object, replicas: 3, currentReplicas: undefined }).err, [
    'Error from server (NotFound): deployments.apps "web" not found',
  ]);
  const template = { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "c", image: "x" }] } };
  w.create("deployments", {
    metadata: { name: "web", namespace: "default" },
    spec: { replicas: 2, selector: { matchLabels: { app: "web" } }, template },
  } as never);
  w.run(1);
  assert.equal(call(w, scale, { object, replicas: 3, currentReplicas: 5 }).err, [
    "error: Expected replicas to be 5, was 2",
  ]);
  assert.equal(call(w, scale, { object, replicas: 3, currentReplicas: 2 }).out, ["deployment.apps/web scaled"]);
  assert.is(w.list("deployments")[0]?.spec?.replicas, 3);
});

test.run();
