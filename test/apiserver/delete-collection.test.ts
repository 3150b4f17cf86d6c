// What is in a namespace is deleted by one request. Proves: "one object after the other on the server", other namespaces stay, and what
// has a finalizer is only marked.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { smallServer } from "./small-server.ts";

const configMap = (namespace: string, name: string, finalizers?: string[]) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace, ...(finalizers === undefined ? {} : { finalizers }) },
});

test("all of a namespace goes with one request, what is held stays marked, other namespaces keep theirs", () => {
  const verbs: string[] = [];
  const { admin, api, ask, create } = smallServer({
    observer: { finished: (_server, request) => void verbs.push(request.verb) },
  });
  for (const name of ["a", "b"]) create("configMaps", configMap("doomed", name));
  create("configMaps", configMap("doomed", "held", ["example.com/keep"]));
  create("configMaps", configMap("other", "c"));
  verbs.length = 0;
  assert.is(
    ask<null>((done) => admin.deleteCollection("configMaps", "doomed", {}, done)),
    null,
  );
  assert.equal(verbs, ["deletecollection"]);
  const left = api.list("configMaps").map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
  assert.equal(left.sort(), ["doomed/held", "other/c"]);
  assert.ok(api.get("configMaps", "doomed/held")?.metadata.deletionTimestamp != null);
});

test.run();
