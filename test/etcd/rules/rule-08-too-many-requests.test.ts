// Rule 8: a member that has more than 5000 committed entries to apply refuses what would go through the log.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { get, MS, outcome, put, Rig, SECOND } from "./rig.ts";

test("5000 are not too many, 5001 are", () => {
  const rig = new Rig();
  const { leader } = rig;
  // nothing is applied any more
  leader.process!.apply.lock();
  const replies = Array.from({ length: 5_000 }, (_, i) => rig.call(leader, put(`key-${i}`)));
  rig.run(50 * MS);
  const { apply } = leader.process!;
  assert.is(apply.committedIndex - apply.appliedIndex, 5_000);
  const last = rig.call(leader, put("accepted"));
  rig.run(10 * MS);
  assert.is(outcome(last), "waiting");
  assert.is(apply.committedIndex - apply.appliedIndex, 5_001);
  const refused = rig.call(leader, put("refused"));
  assert.is(outcome(refused), "ResourceExhausted: etcdserver: too many requests");
  assert.is(refused.took, 0);
  // a member of its own: another one that applies goes on, and so does reading what is there
  const [follower] = rig.followers;
  assert.is(outcome(rig.ask(follower!, put("elsewhere"))), "ok");
  assert.is(outcome(rig.call(leader, get("key-1", true))), "ok");
  apply.unlock();
  rig.run(SECOND);
  assert.equal(new Set([...replies, last].map(outcome)), new Set(["ok"]));
  assert.is(outcome(rig.ask(leader, put("again"))), "ok");
});

test.run();
