// The table of what plugins extend against the plugins themselves, and which of them may lose their first part.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { PLUGIN_NEEDS, PLUGIN_POINTS } from "../../sim/model/plugin-points.ts";
import {
  defaultSchedulerConfiguration,
  readSchedulerConfiguration,
} from "../../sim/model/read-scheduler-configuration.ts";
import { DEFAULT_PLUGINS, type ExtensionPoint, OPTIONAL_PLUGINS } from "../../sim/model/scheduler-configuration.ts";
import { Scheduler } from "../../sim/scheduler/scheduler.ts";
import { Snapshot } from "../../sim/scheduler/snapshot.ts";
import { Cluster, claim, node, podWithClaims, volume, ZONE } from "../scheduler/cluster.ts";

test("the table names every plugin of ours and nothing else", () => {
  assert.equal([...PLUGIN_POINTS.keys()], [...DEFAULT_PLUGINS.map((p) => p.name), ...OPTIONAL_PLUGINS]);
});

test("plugins implement what the table says, as far as there is something to do here", () => {
  const configuration = defaultSchedulerConfiguration();
  const scheduler = new Scheduler({ configuration, snapshot: new Snapshot(), tieBreak: "first" });
  const [profile] = [...scheduler.profiles.values()];
  const methods: readonly (readonly [ExtensionPoint, string])[] = [
    ["preEnqueue", "preEnqueue"],
    ["queueSort", "less"],
    ["preFilter", "preFilter"],
    ["filter", "filter"],
    ["postFilter", "postFilter"],
    ["preScore", "preScore"],
    ["score", "score"],
    ["reserve", "reserve"],
  ];
  // reserving claims of devices is not modelled
  const left = new Set(["DynamicResources reserve"]);
  for (const [name, points] of PLUGIN_POINTS) {
    const plugin = profile?.plugins.get(name) as unknown as Record<string, unknown> | undefined;
    if (plugin === undefined) continue;
    for (const [point, method] of methods) {
      if (left.has(`${name} ${point}`)) continue;
      assert.is(plugin[method] !== undefined, points.includes(point), `${name} ${point}`);
    }
  }
});

for (const { earlier, later, plugins } of PLUGIN_NEEDS) {
  for (const [name, points] of PLUGIN_POINTS) {
    if (!points.includes(earlier) || !points.includes(later)) continue;
    test(`${name} without ${earlier} ${plugins.includes(name) ? "is refused" : "still decides"}`, () => {
      const { configuration, problems } = readSchedulerConfiguration({
        apiVersion: "kubescheduler.config.k8s.io/v1",
        kind: "KubeSchedulerConfiguration",
        profiles: [{ plugins: { [earlier]: { disabled: [{ name }] } } }],
      });
      assert.is(problems.length, plugins.includes(name) ? 1 : 0);
      if (problems.length > 0) return;
      const cluster = new Cluster(
        {
          nodes: [node("a", { [ZONE]: "z1" }), node("b", { [ZONE]: "z2" })],
          persistentVolumeClaims: [claim("c", { bound: "pv" })],
          persistentVolumes: [volume("pv", { labels: { [ZONE]: "z2" } })],
        },
        configuration,
      );
      assert.is(cluster.place(podWithClaims("p", ["c"], { cpu: "1" })), "b");
    });
  }
}

test.run();
