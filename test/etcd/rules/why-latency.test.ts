// Network latency d one way: a put takes one round trip at the leader, two at a follower, a linearizable read the same, up to one round more when
// another one is under way; an election takes two after the timeout, others know it half a one later.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { get, MS, put, Rig, SECOND, SYNC } from "./rig.ts";

for (const d of [1, 10, 50, 200]) {
  const trip = d * MS;

  test(`requests at ${d} ms`, () => {
    const rig = new Rig({ tripMicros: trip });
    rig.run(2 * SECOND);
    const [follower] = rig.followers;
    const { leader } = rig;
    const wait = () => rig.quieten();
    wait();
    assert.is(rig.ask(leader, put("a")).took, 2 * trip + SYNC);
    wait();
    assert.is(rig.ask(leader, get("a")).took, 2 * trip);
    wait();
    assert.is(rig.ask(follower!, get("a")).took, 4 * trip);
    wait();
    const { took } = rig.ask(follower!, put("a"));
    // its database may be about to commit when the answer comes after 80 ms
    assert.ok(took >= 4 * trip + SYNC && took <= 4 * trip + SYNC + 2 * SYNC, `${took}`);
    wait();
    const first = rig.call(leader, get("a"));
    rig.run(trip / 2);
    const second = rig.call(leader, get("a"));
    rig.run(5 * trip);
    assert.is(first.took, 2 * trip);
    assert.is(second.took, 1.5 * trip + 2 * trip);
  });

  test(`an election at ${d} ms, and no election without reason`, () => {
    let best: number[] | null = null;
    for (let seed = 0; seed < 40 && best === null; seed++) {
      const rig = new Rig({ tripMicros: trip, seed });
      rig.run(2 * SECOND);
      assert.is(rig.roles.filter(({ role }) => role === "precandidate").length, 0);
      rig.cluster.crash(rig.leader.name);
      rig.roles.length = 0;
      rig.leaders.length = 0;
      rig.until(() => rig.roles.some(({ role }) => role === "leader"), 30 * SECOND, MS);
      if (rig.roles.filter(({ role }) => role === "precandidate").length > 1) continue;
      const at = (role: string) => rig.roles.find((change) => change.role === role)!;
      const elected = at("leader");
      rig.run(2 * trip);
      const other = rig.leaders.find(({ member, leader }) => leader !== 0 && member !== elected.member)!;
      best = [at("candidate").at, elected.at, other.at].map((time) => time - at("precandidate").at);
    }
    assert.equal(best, [2 * trip, 4 * trip + 2 * SYNC, 5 * trip + 2 * SYNC]);
  });
}

test.run();
