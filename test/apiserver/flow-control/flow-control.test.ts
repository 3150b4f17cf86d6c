// Priority and fairness: seats of the levels, waiting and its limit, who is exempt, and that one flow does not starve the others.
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { ApiServer } from "../../../sim/apiserver/server.ts";
import { SECOND } from "../../../sim/engine/tick.ts";
import { smallServer, textOf } from "../small-server.ts";

const levelsOf = (api: ApiServer) => api.servers[0]!.flow!.priorityLevels;

test("600 seats are shared as upstream's defaults have it", () => {
  const { api } = smallServer({ flowControl: true });
  assert.equal(
    levelsOf(api).map(({ name, nominalSeats }) => [name, nominalSeats]),
    [
      ["exempt", 0],
      ["system", 74],
      ["node-high", 98],
      ["leader-election", 25],
      ["workload-high", 98],
      ["workload-low", 245],
      ["global-default", 49],
      ["catch-all", 13],
    ],
  );
});

test("requests that find no seat wait, and get 429 after a quarter of a minute; administrators do not", () => {
  const { admin, api, engine, etcd, run } = smallServer({ flowControl: true });
  const user = api.client({ name: "load", user: "kubedrill-test" });
  api.authorizer.allows = () => true;
  // etcd has no quorum: nothing is answered
  etcd.call = () => undefined;
  const answers: string[] = [];
  for (let i = 0; i < 60; i++) {
    user.get("nodes", "x", (answer) => answers.push(`${textOf(answer)} ${Math.round(engine.now / SECOND)}`));
  }
  run(1);
  const level = levelsOf(api).find(({ name }) => name === "global-default")!;
  assert.equal([level.inUse, level.waitingRequests], [49, 11]);
  run(15);
  assert.equal([level.inUse, level.waitingRequests], [49, 0]);
  admin.get("nodes", "x", (answer) => answers.push(textOf(answer)));
  run(60 * 8);
  assert.ok(
    answers.some((text) => text.startsWith("504 Timeout: request did not complete within the allotted timeout 60")),
  );
  assert.is(level.inUse, 0, "seats come back");
});

test("a level that needs more borrows what others do not use", () => {
  const { api, etcd, run } = smallServer({ flowControl: true });
  const user = api.client({ name: "load", user: "kubedrill-test" });
  api.authorizer.allows = () => true;
  const call = etcd.call.bind(etcd);
  etcd.call = () => undefined;
  for (let i = 0; i < 200; i++) user.get("nodes", "x", () => undefined);
  run(11);
  user.get("nodes", "x", () => undefined);
  run(1);
  const level = levelsOf(api).find(({ name }) => name === "global-default")!;
  assert.ok(level.limit > 49, `${level.limit}`);
  assert.ok(level.inUse > 49, `${level.inUse}`);
  etcd.call = call;
});

test("an elephant of a flow does not keep the mice waiting", () => {
  const { api, etcd, engine, run } = smallServer({ flowControl: true });
  api.authorizer.allows = () => true;
  const elephant = api.client({ name: "elephant", user: "elephant" });
  const mouse = api.client({ name: "mouse", user: "mouse" });
  const call = etcd.call.bind(etcd);
  const order: string[] = [];
  etcd.call = (request, done) => {
    engine.at((engine.now + 2 * SECOND) as never, () => call(request, done));
  };
  for (let i = 0; i < 49; i++) elephant.get("nodes", "x", () => undefined);
  run(0.5);
  for (let i = 0; i < 100; i++) elephant.get("nodes", "x", () => order.push("elephant"));
  for (let i = 0; i < 3; i++) mouse.get("nodes", "x", () => order.push("mouse"));
  run(70);
  const last = order.lastIndexOf("mouse");
  assert.ok(last >= 0 && last < 49, `the mice were through at ${last} of ${order.length}`);
});

test("objects of the scenario replace the defaults of their name", () => {
  const { api, create, run } = smallServer({ flowControl: true });
  create("priorityLevelConfigurations", {
    metadata: { name: "global-default" },
    spec: { type: "Limited", limited: { nominalConcurrencyShares: 245, limitResponse: { type: "Reject" } } },
  });
  run(1);
  assert.is(levelsOf(api).find(({ name }) => name === "global-default")!.nominalSeats, 313);
});

test.run();
