// KubeSchedulerConfiguration: defaults, MultiPoint rules, arguments and refusals; and every configuration of the
// reference cases, which real schedulers have taken.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseDocuments } from "../../sim/model/documents.ts";
import {
  defaultSchedulerConfiguration,
  readSchedulerConfiguration,
} from "../../sim/model/read-scheduler-configuration.ts";
import {
  DEFAULT_PLUGINS,
  type ExtensionPoint,
  isPluginFile,
  mergePluginSet,
  pluginsAt,
  type SchedulerProfile,
} from "../../sim/model/scheduler-configuration.ts";
import { fromShared } from "../shared.ts";

const META = { apiVersion: "kubescheduler.config.k8s.io/v1", kind: "KubeSchedulerConfiguration" };

/** The profile of a configuration that must be valid. */
function profileOf(profile: object): SchedulerProfile {
  const { configuration, problems } = readSchedulerConfiguration({ ...META, profiles: [profile] });
  assert.equal(problems, []);
  return configuration.profiles[0]!;
}

/** `path: expected` of each problem. */
function problemsOf(document: unknown): string[] {
  return readSchedulerConfiguration(document).problems.map((p) => `${p.path.join(".")}: ${p.expected}`);
}

// what implements which point, from the published table of kube-scheduler 1.36
const IMPLEMENTED: Partial<Record<ExtensionPoint, readonly string[]>> = {
  preFilter:
    "NodeAffinity NodePorts NodeResourcesFit VolumeRestrictions NodeVolumeLimits VolumeBinding VolumeZone PodTopologySpread InterPodAffinity DynamicResources NodeDeclaredFeatures".split(
      " ",
    ),
  filter:
    "NodeUnschedulable NodeName TaintToleration NodeAffinity NodePorts NodeResourcesFit VolumeRestrictions NodeVolumeLimits VolumeBinding VolumeZone PodTopologySpread InterPodAffinity DynamicResources NodeDeclaredFeatures".split(
      " ",
    ),
  postFilter: ["DynamicResources", "DefaultPreemption"],
  score:
    "TaintToleration NodeAffinity NodeResourcesFit VolumeBinding PodTopologySpread InterPodAffinity DynamicResources NodeResourcesBalancedAllocation ImageLocality".split(
      " ",
    ),
  queueSort: ["PrioritySort"],
  bind: ["DefaultBinder"],
};

function at(profile: SchedulerProfile, point: ExtensionPoint): string[] {
  const implemented = (name: string) => IMPLEMENTED[point]?.includes(name) === true;
  return pluginsAt(profile, point, implemented).map((p) => (point === "score" ? `${p.name}=${p.weight}` : p.name));
}

test("the default profile has the published plugins in the published order with the published weights", () => {
  const configuration = defaultSchedulerConfiguration();
  const profile = configuration.profiles[0]!;
  assert.is(profile.schedulerName, "default-scheduler");
  assert.equal(at(profile, "preFilter"), IMPLEMENTED.preFilter);
  assert.equal(at(profile, "filter"), IMPLEMENTED.filter);
  assert.equal(at(profile, "postFilter"), IMPLEMENTED.postFilter);
  assert.equal(at(profile, "score"), [
    "TaintToleration=3",
    "NodeAffinity=2",
    "NodeResourcesFit=1",
    "VolumeBinding=1",
    "PodTopologySpread=2",
    "InterPodAffinity=2",
    "DynamicResources=2",
    "NodeResourcesBalancedAllocation=1",
    "ImageLocality=1",
  ]);
  assert.is(configuration.percentageOfNodesToScore, 0);
  assert.is(configuration.parallelism, 16);
  assert.is(configuration.podInitialBackoffSeconds, 1);
  assert.is(configuration.podMaxBackoffSeconds, 10);
});

test("default arguments", () => {
  const { args } = defaultSchedulerConfiguration().profiles[0]!;
  const cpuAndMemory = [
    { name: "cpu", weight: 1 },
    { name: "memory", weight: 1 },
  ];
  assert.equal(args.NodeResourcesFit, {
    ignoredResources: [],
    ignoredResourceGroups: [],
    scoringStrategy: { type: "LeastAllocated", resources: cpuAndMemory, shape: [] },
  });
  assert.equal(args.NodeResourcesBalancedAllocation, { resources: cpuAndMemory });
  assert.equal(args.InterPodAffinity, { hardPodAffinityWeight: 1, ignorePreferredTermsOfExistingPods: false });
  assert.equal(args.PodTopologySpread, { defaultingType: "System", defaultConstraints: [] });
  assert.equal(args.DefaultPreemption, { minCandidateNodesPercentage: 10, minCandidateNodesAbsolute: 100 });
  assert.equal(args.NodeAffinity, { addedAffinity: null });
});

test("MultiPoint: a default that is named again keeps its place and takes the new weight", () => {
  const profile = profileOf({
    plugins: {
      multiPoint: {
        enabled: [
          { name: "ImageLocality", weight: 9 },
          { name: "TaintToleration", weight: 5 },
        ],
      },
    },
  });
  const scores = at(profile, "score");
  assert.is(scores[0], "TaintToleration=5");
  assert.is(scores.at(-1), "ImageLocality=9");
  assert.is(scores.length, 9);
});

test("MultiPoint: disabled defaults leave every point, * all of them", () => {
  const without = profileOf({ plugins: { multiPoint: { disabled: [{ name: "NodeAffinity" }] } } });
  assert.is(at(without, "filter").includes("NodeAffinity"), false);
  assert.is(
    at(without, "score").some((s) => s.startsWith("NodeAffinity")),
    false,
  );
  const only = profileOf({
    plugins: { multiPoint: { disabled: [{ name: "*" }], enabled: [{ name: "NodeResourcesFit" }] } },
  });
  assert.equal(at(only, "filter"), ["NodeResourcesFit"]);
  assert.equal(at(only, "score"), ["NodeResourcesFit=1"]);
});

test("a point: what is enabled there comes first when MultiPoint has it too, and its weight wins", () => {
  const profile = profileOf({
    plugins: {
      score: {
        enabled: [
          { name: "ImageLocality", weight: 4 },
          { name: "NodeAffinity", weight: 7 },
        ],
      },
    },
  });
  const scores = at(profile, "score");
  assert.equal(scores.slice(0, 3), ["ImageLocality=4", "NodeAffinity=7", "TaintToleration=3"]);
  assert.is(scores.length, 9);
});

test("a point: disabled and enabled again moves to the end; * leaves only what is enabled there", () => {
  const again = profileOf({
    plugins: {
      score: { disabled: [{ name: "InterPodAffinity" }], enabled: [{ name: "InterPodAffinity", weight: 20 }] },
    },
  });
  assert.is(at(again, "score").at(-1), "InterPodAffinity=20");
  assert.is(at(again, "filter").includes("InterPodAffinity"), true, "other points are untouched");
  const star = profileOf({ plugins: { score: { disabled: [{ name: "*" }], enabled: [{ name: "NodeAffinity" }] } } });
  assert.equal(at(star, "score"), ["NodeAffinity=1"]);
});

test("merging: the last of repeated settings holds, new plugins follow in their order", () => {
  const ref = (name: string, weight = 0) => ({ name, weight, file: null });
  const merged = mergePluginSet([ref("A", 1), ref("B", 2), ref("C", 3)], {
    enabled: [ref("D"), ref("B", 9), ref("E")],
    disabled: ["C"],
  });
  assert.equal(
    merged.enabled.map((p) => `${p.name}${p.weight}`),
    ["A1", "B9", "D0", "E0"],
  );
});

test("custom plugins are files, kept with their weight and their arguments", () => {
  for (const file of ["./a.ts", "../x/b.mjs", "/opt/c.js", "d.mjs", "./noext"])
    assert.is(isPluginFile(file), true, file);
  for (const name of ["NodeAffinity", "a.b", "tsx"]) assert.is(isPluginFile(name), false, name);
  const result = readSchedulerConfiguration({
    ...META,
    profiles: [
      {
        plugins: { score: { enabled: [{ name: "./binpack.ts", weight: 7 }] } },
        pluginConfig: [{ name: "./binpack.ts", args: { exponent: 2 } }],
      },
    ],
  });
  assert.equal(result.problems, []);
  const profile = result.configuration.profiles[0]!;
  assert.is(at(profile, "score").at(-1), "./binpack.ts=7");
  assert.equal(profile.args["./binpack.ts"], { exponent: 2 });
  assert.equal(result.pluginFiles, [
    { file: "./binpack.ts", path: ["profiles", 0, "plugins", "score", "enabled", 0, "name"] },
  ]);
});

test("several profiles, each with its own", () => {
  const { configuration, problems } = readSchedulerConfiguration({
    ...META,
    percentageOfNodesToScore: 30,
    profiles: [{ schedulerName: "a", percentageOfNodesToScore: 100 }, { schedulerName: "b" }],
  });
  assert.equal(problems, []);
  assert.equal(
    configuration.profiles.map((p) => [p.schedulerName, p.percentageOfNodesToScore]),
    [
      ["a", 100],
      ["b", null],
    ],
  );
  assert.is(configuration.percentageOfNodesToScore, 30);
});

test("arguments are read with their types and limits", () => {
  const profile = profileOf({
    pluginConfig: [
      {
        name: "NodeResourcesFit",
        args: {
          kind: "NodeResourcesFitArgs",
          ignoredResources: ["example.com/a"],
          ignoredResourceGroups: ["example.org"],
          scoringStrategy: {
            type: "RequestedToCapacityRatio",
            resources: [{ name: "cpu", weight: 3 }, { name: "nvidia.com/gpu" }, { name: "memory", weight: 0 }],
            requestedToCapacityRatio: {
              shape: [
                { utilization: 0, score: 10 },
                { utilization: 100, score: 0 },
              ],
            },
          },
        },
      },
      {
        name: "PodTopologySpread",
        args: {
          defaultingType: "List",
          defaultConstraints: [{ maxSkew: 2, topologyKey: "rack", whenUnsatisfiable: "ScheduleAnyway" }],
        },
      },
      {
        name: "NodeAffinity",
        args: { addedAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{}] } } },
      },
    ],
  });
  assert.equal(profile.args.NodeResourcesFit.scoringStrategy.resources, [
    { name: "cpu", weight: 3 },
    { name: "nvidia.com/gpu", weight: 1 },
    { name: "memory", weight: 1 },
  ]);
  assert.is(profile.args.NodeResourcesFit.scoringStrategy.shape.length, 2);
  assert.equal(profile.args.PodTopologySpread.defaultConstraints, [
    { maxSkew: 2, topologyKey: "rack", whenUnsatisfiable: "ScheduleAnyway" },
  ]);
  assert.ok(profile.args.NodeAffinity.addedAffinity);
});

test("every mistake is named, with a path", () => {
  const args = (name: string, value: object) => ({ ...META, profiles: [{ pluginConfig: [{ name, args: value }] }] });
  const cases: readonly (readonly [unknown, RegExp])[] = [
    [null, /^: a mapping/],
    [[], /^: a mapping/],
    [{ ...META, apiVersion: "kubescheduler.config.k8s.io/v1beta3" }, /^apiVersion: kubescheduler.config.k8s.io\/v1$/],
    [{ ...META, kind: "Policy" }, /^kind: /],
    [{ ...META, profils: [] }, /profils: .*did you mean profiles/],
    [{ ...META, parallelism: 0 }, /^parallelism: /],
    [{ ...META, percentageOfNodesToScore: 101 }, /^percentageOfNodesToScore: .*0 to 100/],
    [{ ...META, podInitialBackoffSeconds: 20 }, /^podMaxBackoffSeconds: at least/],
    [{ ...META, extenders: [{ urlPrefix: "http://x" }] }, /^extenders: no extenders/],
    [{ ...META, profiles: [{}, {}] }, /^profiles\.0\.schedulerName: /],
    [
      { ...META, profiles: [{ schedulerName: "a" }, { schedulerName: "a" }] },
      /^profiles\.1\.schedulerName: .*no other/,
    ],
    [{ ...META, profiles: [{ plugins: { scor: {} } }] }, /plugins\.scor: .*did you mean score/],
    [
      { ...META, profiles: [{ plugins: { score: { enabled: [{ name: "NodeAfinity" }] } } }] },
      /enabled\.0\.name: .*NodeAffinity/,
    ],
    [
      { ...META, profiles: [{ plugins: { score: { enabled: [{ name: "NodeName" }, { name: "NodeName" }] } } }] },
      /enabled\.1\.name: .*twice/,
    ],
    [{ ...META, profiles: [{ plugins: { score: { enabled: [{}] } } }] }, /enabled\.0\.name: text/],
    [{ ...META, profiles: [{ plugins: { score: { enabled: [{ name: "NodeName", weight: -1 }] } } }] }, /weight: /],
    [{ ...META, profiles: [{ plugins: { score: { enabled: "all" } } }] }, /enabled: a list/],
    [
      {
        ...META,
        profiles: [
          { schedulerName: "a" },
          { schedulerName: "b", plugins: { queueSort: { disabled: [{ name: "*" }], enabled: [{ name: "./q.ts" }] } } },
        ],
      },
      /queueSort: the same/,
    ],
    [
      { ...META, profiles: [{ pluginConfig: [{ name: "NodeAffinity" }, { name: "NodeAffinity" }] }] },
      /pluginConfig\.1\.name: .*twice/,
    ],
    [args("NodeResourcesFit", { kind: "FitArgs" }), /args\.kind: NodeResourcesFitArgs/],
    [args("NodeResourcesFit", { ignored: [] }), /args\.ignored: /],
    [args("NodeResourcesFit", { ignoredResourceGroups: ["a/b"] }), /ignoredResourceGroups\.0: .*slash/],
    [args("NodeResourcesFit", { scoringStrategy: {} }), /scoringStrategy\.type: /],
    [
      args("NodeResourcesFit", { scoringStrategy: { type: "MostAlocated" } }),
      /scoringStrategy\.type: .*did you mean MostAllocated/,
    ],
    [
      args("NodeResourcesFit", {
        scoringStrategy: { type: "MostAllocated", resources: [{ name: "cpu", weight: 101 }] },
      }),
      /weight: .*100/,
    ],
    [
      args("NodeResourcesFit", {
        scoringStrategy: { type: "MostAllocated", resources: [{ name: "cpu" }, { name: "cpu" }] },
      }),
      /resources\.1\.name: .*twice/,
    ],
    [
      args("NodeResourcesFit", { scoringStrategy: { type: "RequestedToCapacityRatio" } }),
      /requestedToCapacityRatio: a mapping/,
    ],
    [
      args("NodeResourcesFit", {
        scoringStrategy: {
          type: "RequestedToCapacityRatio",
          requestedToCapacityRatio: {
            shape: [
              { utilization: 5, score: 1 },
              { utilization: 5, score: 2 },
            ],
          },
        },
      }),
      /shape\.1\.utilization: more than/,
    ],
    [args("NodeResourcesBalancedAllocation", { resources: [{ name: "cpu", weight: 2 }] }), /weight: .*0 to 1/],
    [
      args("PodTopologySpread", {
        defaultConstraints: [{ maxSkew: 1, topologyKey: "a", whenUnsatisfiable: "ScheduleAnyway" }],
      }),
      /defaultConstraints: .*List/,
    ],
    [
      args("PodTopologySpread", {
        defaultingType: "List",
        defaultConstraints: [{ maxSkew: 0, topologyKey: "", whenUnsatisfiable: "No" }],
      }),
      /maxSkew: /,
    ],
    [
      args("PodTopologySpread", {
        defaultingType: "List",
        defaultConstraints: [{ maxSkew: 1, topologyKey: "a", whenUnsatisfiable: "ScheduleAnyway", labelSelector: {} }],
      }),
      /labelSelector: nothing/,
    ],
    [args("InterPodAffinity", { hardPodAffinityWeight: 101 }), /hardPodAffinityWeight: /],
    [args("InterPodAffinity", { ignorePreferredTermsOfExistingPods: "yes" }), /true or false/],
    [args("DefaultPreemption", { minCandidateNodesPercentage: 0, minCandidateNodesAbsolute: 0 }), /args: .*above 0/],
    [
      args("NodeAffinity", {
        addedAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchExpressions: [{ key: "a", operator: "Inn", values: ["b"] }] }],
          },
        },
      }),
      /matchExpressions\.0: .*unknown operator/,
    ],
    [args("VolumeBinding", { bindTimeoutSeconds: -1 }), /bindTimeoutSeconds/],
    [
      { profiles: [{ plugins: { score: { enabled: [{ name: "NodeName" }] } } }] },
      /score\.enabled\.0\.name: .*extends score; NodeName extends filter/,
    ],
    [
      { profiles: [{ plugins: { preFilter: { disabled: [{ name: "VolumeBinding" }] } } }] },
      /plugins\.preFilter: .*VolumeBinding not to be disabled, for its filter/,
    ],
    [
      { profiles: [{ plugins: { preScore: { disabled: [{ name: "*" }] } } }] },
      /plugins\.preScore: .*PodTopologySpread not to be disabled, for its score/,
    ],
  ];
  for (const [document, wanted] of cases) {
    const problems = problemsOf(document);
    assert.ok(
      problems.some((problem) => wanted.test(problem)),
      `${JSON.stringify(document)}: ${wanted} in\n${problems.join("\n")}`,
    );
  }
});

test("all mistakes of a file at once", () => {
  const found = problemsOf({
    ...META,
    parallelism: -1,
    percentageOfNodesToScore: "x",
    profiles: [{ plugins: { foo: {} }, pluginConfig: [{ name: "Nope" }] }],
  });
  assert.is(found.length, 4, found.join("\n"));
});

test("an unknown plugin may be disabled: there is nothing to do", () => {
  assert.equal(
    problemsOf({ ...META, profiles: [{ plugins: { score: { disabled: [{ name: "RandomScore" }] } } }] }),
    [],
  );
});

test("process settings cannot change a decision and are passed over", () => {
  assert.equal(
    problemsOf({ ...META, leaderElection: { leaderElect: true }, clientConnection: { kubeconfig: "/etc/k" } }),
    [],
  );
});

test("default plugins are unique", () => {
  assert.is(new Set(DEFAULT_PLUGINS.map((p) => p.name)).size, DEFAULT_PLUGINS.length);
});

const cases = fromShared("reference/scheduler/cases");
(existsSync(cases) ? test : test.skip)("takes every configuration of the reference cases", () => {
  let count = 0;
  for (const file of readdirSync(cases).filter((name) => name.endsWith(".jsonl.gz"))) {
    for (const line of gunzipSync(readFileSync(join(cases, file)))
      .toString()
      .trim()
      .split("\n")) {
      const { name, schedulerConfiguration } = JSON.parse(line) as { name: string; schedulerConfiguration: unknown };
      if (schedulerConfiguration === null) continue;
      count++;
      assert.equal(problemsOf(schedulerConfiguration), [], name);
    }
  }
  assert.ok(count >= 77, `${count} configurations`);
});

const example = fromShared("data/16-cluster-objects/scheduler-config/fgd-example.yaml");
(existsSync(example) ? test : test.skip)(
  "names what it cannot take of an old configuration with plugins of others",
  () => {
    const [document] = parseDocuments(readFileSync(example, "utf8"), "fgd.yaml").documents;
    const found = problemsOf(document?.value);
    assert.ok(
      found.some((p) => p.startsWith("apiVersion: ")),
      found.join("\n"),
    );
    assert.ok(
      found.some((p) => /plugins\.filter\.enabled\.0\.name/.test(p)),
      found.join("\n"),
    );
  },
);

test.run();
