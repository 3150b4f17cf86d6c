import { suite } from "uvu";
import * as assert from "uvu/assert";
import { pod, World } from "./world.ts";

const test = suite("node/kubelet");

test("a pod's life", () => {
  const world = new World();
  world.create(pod("a", { ready: "5" }));
  world.run(20);
  world.delete("a");
  world.run(60);
  console.log(world.story("a"), world.reasons("a"), Object.fromEntries(world.writes));
  const hollow = new World({ hollow: true });
  hollow.create(pod("a", { ready: "5" }));
  hollow.run(20);
  hollow.delete("a");
  hollow.run(60);
  console.log(hollow.story("a"), hollow.reasons("a"));
  const crash = new World();
  crash.create(pod("a", { run: "1", exit: "3" }));
  crash.run(120);
  console.log(crash.story("a"), crash.reasons("a"));
  assert.ok(true);
});

test.run();
