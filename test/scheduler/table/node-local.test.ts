// What the columns say of one node against the plugins' own word.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { CycleState } from "../../../sim/scheduler/framework.ts";
import type { NodeInfo } from "../../../sim/scheduler/node-info.ts";
import { Scheduler } from "../../../sim/scheduler/scheduler.ts";
import { NodeLocal } from "../../../sim/scheduler/table/node-local.ts";
import { profileRules, shapeRules } from "../../../sim/scheduler/table/profile-rules.ts";
import { SpreadRuleTable } from "../../../sim/scheduler/table/spread-rules.ts";
import { StaticClass } from "../../../sim/scheduler/table/static-class.ts";
import { schedulerConfiguration } from "./configurations.ts";
import { RandomCluster } from "./random-cluster.ts";

const SCORES = ["NodeResourcesFit", "NodeResourcesBalancedAllocation", "ImageLocality"];

for (const variant of ["default", "mostAllocated", "ratio", "weights", "added", "ignoredResources"]) {
  test(`random clusters, ${variant}: lacking resources and node-local scores are the plugins'`, () => {
    let rejected = 0;
    let scored = 0;
    for (let seed = 1; seed <= 10; seed++) {
      const cluster = new RandomCluster(seed, { tinyNodes: 0.3 }, 8);
      const { snapshot, table, history } = cluster;
      const scheduler = new Scheduler({
        configuration: schedulerConfiguration(variant, 100),
        snapshot,
        tieBreak: "heap",
        plain: true,
      });
      const [profile] = [...scheduler.profiles.values()];
      const rules = profileRules(profile!, new Set())!;
      const fit = profile!.plugin("NodeResourcesFit");
      for (let round = 0; round < 25; round++) {
        for (let i = history.int(8); i >= 0; i--) cluster.act();
        const pod = snapshot.info(history.pod());
        const shape = shapeRules(profile!, rules, new SpreadRuleTable(profile!, table), pod);
        if (shape === null) continue;
        const local = new NodeLocal(table, shape, new StaticClass(table, shape.staticRules));
        const state = new CycleState();
        profile!.runPreScore(state, pod, snapshot.nodes);
        for (const node of snapshot.nodes) {
          const said = fit.filter?.(new CycleState(), pod, withGuests(node, cluster, pod.shape.priority)) ?? null;
          const mask = local.lacking(node.slot);
          assert.equal(mask === 0 ? null : local.statusOf(mask), said, node.name);
          if (said !== null) rejected++;
          // images are looked at only where the node passes the filters that look at the Node object
          if (said !== null || shape.staticRules.verdict(node) !== null) continue;
          let total = 0;
          for (const { plugin, weight } of profile!.scorePlugins)
            if (SCORES.includes(plugin.name) && !state.skipScorePlugins.has(plugin.name))
              total += weight * plugin.score!(state, pod, node);
          assert.is(local.score(node.slot), total, node.name);
          scored++;
        }
      }
    }
    assert.ok(rejected > 100 && scored > 200, `${rejected} rejected, ${scored} scored`);
  });
}

/** The node with the nominated pods that count for a pod of this priority. */
function withGuests(node: NodeInfo, { snapshot }: RandomCluster, priority: number): NodeInfo {
  const guests = (snapshot.nominated.get(node.name) ?? []).filter((pod) => pod.shape.priority >= priority);
  if (guests.length === 0) return node;
  const copy = node.clone();
  for (const guest of guests) copy.addPod(guest);
  return copy;
}

test.run();
