// The report as text: sections in their order, verdicts with the moment of their violation, no clock, no markup but ours.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { renderReport } from "../../../reports/html/report.ts";
import { collect, type TestTables } from "./folder.ts";

const RUN = { durationSeconds: 600 };

const ONE: TestTables = {
  summary: [
    [
      RUN,
      {
        nodes_ready_end: 2,
        nodes_end: 3,
        pods_created: 12,
        pending_p50_s: 0.01,
        pending_p99_s: 90,
        alloc_gpu_mean_pct: 0,
      },
    ],
  ],
  expectations: [
    [
      RUN,
      {
        expectation: "always ready(deployment/web) >= 3",
        holds: "false",
        actual: "",
        unit: "",
        violated_s: "125.500000",
        note: "2 < 3",
      },
    ],
    [
      RUN,
      {
        expectation: "availability(service/web) > 99%",
        holds: "true",
        actual: "0.9985",
        unit: "share",
        violated_s: "",
        note: "",
      },
    ],
  ],
  timeseries: [0, 300, 600].map((time) => [
    RUN,
    { time_s: time, pods_running: time / 100, pods_pending: 0, nodes: 3, nodes_ready: 2 },
  ]),
  faults: [
    [
      RUN,
      {
        fault: "zone",
        kind: "zoneOutage",
        targets: "a",
        outcome: "recovered",
        matched: "true",
        injected_s: 60,
        recovered_s: 240,
      },
    ],
  ],
  leaders: [
    [RUN, { role: "etcd", leader: "etcd-0", from_s: 0, to_s: 60 }],
    [RUN, { role: "etcd", leader: "", from_s: 60, to_s: 62 }],
    [RUN, { role: "etcd", leader: "etcd-1", from_s: 62, to_s: 600 }],
    [RUN, { role: "kube-scheduler", leader: "kube-scheduler-0", from_s: 0, to_s: 60 }],
    [RUN, { role: "kube-scheduler", leader: "kube-scheduler-1", from_s: 75, to_s: 600 }],
  ],
  nodes: ["a", "a", "b"].map((zone, i) => [
    RUN,
    {
      node: `node-${i}`,
      zone,
      pool: "general",
      ready_end: String(i > 0),
      schedulable_end: "true",
      not_ready_periods: 0,
      alloc_cpu_mean_pct: 50,
    },
  ]),
  slo: [
    [
      RUN,
      {
        slo: "service-availability",
        subject: "default/<b>web</b>",
        objective_pct: 99.9,
        slo_total_windows: 6,
        slo_violations: 2,
        budget_used_pct: 150,
      },
    ],
  ],
  not_modelled: [[RUN, { area: "volumes", what: "what is on them" }]],
};

const idsOf = (html: string) => [...html.matchAll(/<section class="card" id="([\w-]+)"/g)].map(([, id]) => id);

test("sections of a run: verdicts first, then what happened, then what to look into", () => {
  const html = renderReport(collect(ONE), "");
  assert.equal(idsOf(html), [
    "summary",
    "verdicts",
    "timelines",
    "leaders",
    "placement",
    "tables",
    "not-modelled",
    "identity",
  ]);
  assert.match(html, "1 of 2 expectations violated");
  assert.match(html, "<td>2m6s</td><td>2 &lt; 3</td>");
  assert.match(html, "99.85 %");
  assert.match(html, "1m30s");
});

test("faults are bands behind every line, and a lane of their own", () => {
  const html = renderReport(collect(ONE), "");
  const charts = html.split('<figure class="time"').slice(1);
  assert.ok(charts.length >= 2);
  for (const chart of charts) assert.match(chart, '<rect class="band" x="10%" width="30%"');
  assert.match(html, "Faults and actions over time. zone: zoneOutage on a, recovered (1m to 4m)");
});

test("thousands of faults and changes of leader are drawn as what can be told apart", () => {
  const end = 30 * 86_400;
  const run = { durationSeconds: end };
  const often = Array.from({ length: 4000 }, (_, i) => (end * i) / 4000);
  const html = renderReport(
    collect({
      ...ONE,
      summary: [[run, { nodes_end: 3 }]],
      timeseries: [0, end].map((time) => [
        run,
        { time_s: time, pods_running: 5, pods_pending: 1, nodes: 3, nodes_ready: 2 },
      ]),
      faults: often.map((at, i) => [
        run,
        {
          fault: "crash",
          kind: "nodeCrash",
          targets: `n-${i}`,
          outcome: "recovered",
          matched: "true",
          injected_s: at,
          recovered_s: at + 60,
        },
      ]),
      leaders: often.map((at, i) => [
        run,
        { role: "etcd", leader: `etcd-${i % 3}`, from_s: at, to_s: at + end / 4000 },
      ]),
    }),
    "",
  );
  const [chart] = html.split('<figure class="time"').slice(1);
  const bands = [...chart!.matchAll(/class="band"/g)].length;
  assert.ok(bands > 0 && bands <= 120, String(bands));
  assert.match(html, "and 3997 more");
  assert.ok(html.length < 1_000_000, String(html.length));
});

test("who led: changes are counted, and the time without a leader, which components do not tell themselves", () => {
  const html = renderReport(collect(ONE), "");
  assert.match(html, "etcd: 1 change, 2s without a leader; kube-scheduler: 1 change, 15s without a leader");
});

test("names that users wrote are text everywhere", () => {
  const html = renderReport(collect(ONE), "");
  assert.not.match(html, "<b>web</b>");
  assert.match(html, "default/&lt;b&gt;web&lt;/b&gt;");
});

test("the same tables give the same bytes", () => {
  assert.is(renderReport(collect(ONE), "1"), renderReport(collect(ONE), "1"));
});

test("GPUs of which there are none are not talked of, and what was not measured is not 0", () => {
  const html = renderReport(collect(ONE), "");
  assert.not.match(html, "GPU requested");
  assert.not.match(html, "requests on Services failed");
});

test("a batch has means with intervals, variants over time and distributions over seeds", () => {
  const runs = ["a", "b"].flatMap((variant) =>
    Array.from({ length: 8 }, (_, i) => ({ scenario: `shop[${variant}]`, seed: String(i + 1), durationSeconds: 600 })),
  );
  const html = renderReport(
    collect({
      summary: runs.map((run) => [
        run,
        { pods_created: 10, pending_p99_s: Number(run.seed) + (run.scenario === "shop[b]" ? 5 : 0) },
      ]),
      expectations: runs.map((run) => [
        run,
        {
          expectation: "p99(pendingSeconds) < 10",
          holds: String(run.scenario !== "shop[b]" || run.seed < "5"),
          violated_s: "",
        },
      ]),
      timeseries: runs.flatMap((run) =>
        [0, 600].map((time) => [run, { time_s: time, pods_running: time / 100, pods_pending: 1 }] as const),
      ),
      statistics: ["a", "b"].map((variant) => [
        null,
        {
          scenario: `shop[${variant}]`,
          scenario_sha256: `sha-shop[${variant}]`,
          metric: "pending_p99_s",
          n: 8,
          mean: 4.5,
          ci95_low: 3,
          ci95_high: 6.5,
          p50: 4,
        },
      ]),
    }),
    "",
  );
  assert.equal(idsOf(html), [
    "summary",
    "verdicts",
    "timelines",
    "leaders",
    "placement",
    "variants",
    "distributions",
    "tables",
    "identity",
  ]);
  assert.match(html, "4.5s ± 2s");
  assert.match(html, "violated in 4");
  assert.match(html, "seed 5");
  assert.match(html, "shop[b]: 8 runs from 6s to 13s, mean 4.5s, 95 % interval 3s to 6.5s");
  // the first of each variant, and the one that failed
  assert.is([...html.matchAll(/class="of-run"/g)].length, 9);
});

test("a comparison of two finished batches is a report, too", () => {
  const row = {
    baseline_scenario: "old",
    candidate_scenario: "new",
    candidate_sha256: "x",
    metric: "pending_p99_s",
    baseline: 2,
    candidate: 4,
  };
  const html = renderReport(
    collect({
      compare: [
        [null, { ...row, delta: 2, delta_pct: 100, ci95_low: 1, ci95_high: 3, tolerance: "5%", verdict: "worse" }],
      ],
    }),
    "",
  );
  assert.equal(idsOf(html), ["verdicts", "tables"]);
  assert.match(html, "new against old, worse first");
  assert.match(html, "2s (+100 %)");
  assert.match(html, '<svg class="bad" width="128"');
});

test.run();
