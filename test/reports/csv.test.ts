// CSV files: read back by a parser written for this test, quoted where RFC 4180 asks for it, identity first, units in names.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { IDENTITY_COLUMNS } from "../../reports/columns/identity.ts";
import { REPORTS } from "../../reports/columns/registry.ts";
import { headerOf, renderHeader, renderParts, rowsOf } from "../../reports/csv.ts";
import { simulate } from "../../sim/cluster.ts";
import { SECOND } from "../../sim/engine/tick.ts";
import { noObjects } from "../../sim/model/objects.ts";
import { makePlan } from "../plans.ts";
import { makeNode, makePod, requesting } from "../scheduler/builders.ts";

/** RFC 4180 with "\n": fields by comma, quotes doubled inside of quotes. */
function parse(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (let at = 0; at < text.length; ) {
    let field = "";
    if (text[at] === '"') {
      for (at++; ; at++) {
        if (text[at] !== '"') field += text[at];
        else if (text[at + 1] === '"') field += text[at++];
        else break;
      }
      at++;
    } else while (at < text.length && text[at] !== "," && text[at] !== "\n") field += text[at++];
    row.push(field);
    if (text[at] === "\n") {
      rows.push(row);
      row = [];
    } else assert.is(text[at], ",", "a field ends at a comma or a line's end");
    at++;
  }
  assert.equal(row, [], "the file ends with a line's end");
  return rows;
}

const nasty = 'a "quoted", multi\nline name';
const result = simulate(
  makePlan({
    name: nasty,
    durationMicros: 60 * SECOND,
    warnings: ["one, with comma", 'two "quotes"'],
    objects: {
      ...noObjects(),
      nodes: [
        makeNode("n", { cpu: "2", "nvidia.com/gpu": 1, "example.com/fpga": 3 }, { "topology.kubernetes.io/zone": "a" }),
      ],
      pods: [
        makePod("placed", requesting({ cpu: "1500m", memory: "1Gi", "nvidia.com/gpu": 1 })),
        makePod("waiting", requesting({ cpu: "1", "example.com/fpga": 1 })),
        makePod("gated", { schedulingGates: [{ name: "g" }] }),
        { ...makePod("there", { nodeName: "n" }), status: { phase: "Running" } },
      ],
    },
  }),
  "seed,1",
);

const files = new Map<string, Record<string, string>[]>();

test("each file reads back as its header and one record per row", async () => {
  const parts = await renderParts(result);
  assert.equal(
    parts.map((p) => p.report),
    REPORTS.map((r) => r.name),
  );
  for (const [i, report] of REPORTS.entries()) {
    const text = new TextDecoder().decode(await renderHeader(report)) + new TextDecoder().decode(parts[i]!.bytes);
    const [header, ...rows] = parse(text);
    assert.equal(header, headerOf(report));
    assert.equal(rows, [...rowsOf(report, result)]);
    files.set(
      report.name,
      rows.map((row) => Object.fromEntries(row.map((cell, c) => [header![c]!, cell]))),
    );
  }
  const rows = Object.fromEntries([...files].map(([name, records]) => [name, records.length]));
  assert.equal(
    { ...rows, events: 0, api: 0, slo: 0, not_modelled: 0 },
    {
      summary: 1,
      pods: 4,
      nodes: 1,
      timeseries: 7,
      gpu: 0,
      scheduling: 2,
      resources: 6,
      unschedulable: 2,
      events: 0,
      workloads: 0,
      rollouts: 0,
      evictions: 0,
      controllers: 0,
      api: 0,
      slo: 0,
      cost: 1,
      services: 0,
      expectations: 0,
      leaders: 1,
      latencies: 1,
      service_timeseries: 0,
      etcd: 4,
      faults: 0,
      actions: 0,
      scaling: 0,
      not_modelled: 0,
    },
  );
});

test("the run's identity begins every row, exactly as it is", () => {
  const names = [
    "schema_version",
    "tool_version",
    "scenario",
    "scenario_sha256",
    "config_sha256",
    "seed",
    "run_id",
    "sim_duration_s",
    "events_processed",
    "digest",
    "result_valid",
    "warnings",
  ];
  assert.equal(
    IDENTITY_COLUMNS.map((c) => c.name),
    names,
  );
  for (const [name, records] of files) {
    assert.equal(headerOf(REPORTS.find((r) => r.name === name)!).slice(0, names.length), names);
    for (const record of records) {
      assert.equal(
        [record.scenario, record.seed, record.sim_duration_s, record.result_valid],
        [nasty, "seed,1", "60.000000", "true"],
      );
      assert.is(record.warnings, 'one, with comma; two "quotes"');
      assert.is(record.digest, result.identity.digest);
    }
  }
});

test("empty cells are what was not measured, and zero is zero", () => {
  const pods = new Map(files.get("pods")!.map((record) => [record.pod, record]));
  const { placed, waiting, gated, there } = Object.fromEntries(pods) as Record<string, Record<string, string>>;
  assert.equal([placed?.state, placed?.node, placed?.bound_at_start], ["running", "n", "false"]);
  assert.equal([placed?.cpu_m, placed?.mem_b, placed?.ephemeral_b, placed?.gpu], ["1500", "1073741824", "0", "1"]);
  assert.equal(
    [waiting?.state, waiting?.node, waiting?.scheduled_s, waiting?.pending_s, waiting?.attempts],
    ["pending", "", "", "", "1"],
  );
  assert.equal([gated?.state, gated?.attempts, gated?.gated_s], ["gated", "0", "59.999000"]);
  assert.equal([there?.bound_at_start, there?.pending_s, there?.scheduled_s], ["true", "", ""]);
  const summary = files.get("summary")![0]!;
  assert.equal([summary.zone_skew_cpu_pct, summary.victims, summary.pending_p50_s], ["0.0000", "0", placed?.pending_s]);
});

test("extended resources have a row each", () => {
  const amounts = files.get("resources")!.map((r) => [r.resource, r.allocatable, r.requested, r.alloc_pct]);
  assert.equal(amounts, [
    ["cpu", "2000", "1500", "75.0000"],
    ["memory", "17179869184", "1073741824", "6.2500"],
    ["ephemeral-storage", "0", "0", ""],
    ["pods", "110", "2", "1.8182"],
    ["example.com/fpga", "3", "0", "0.0000"],
    ["nvidia.com/gpu", "1", "1", "100.0000"],
  ]);
});

test("who never got a node, and why", () => {
  const waiting = files.get("unschedulable")!.find((r) => r.pod === "waiting");
  assert.equal([waiting?.state, waiting?.plugins], ["pending", "NodeResourcesFit"]);
  assert.match(waiting?.message ?? "", /^0\/1 nodes are available: 1 Insufficient cpu\./);
  const plugin = files.get("scheduling")!.find((r) => r.plugin === "NodeResourcesFit");
  assert.equal(
    [plugin?.nodes_rejected, plugin?.attempts_rejected, plugin?.pods_waiting_end, plugin?.attempts],
    ["1", "1", "1", ""],
  );
});

test("column names are unique, and end in their unit", () => {
  const unitless = /^(real|count|flag|text)$/;
  for (const report of REPORTS) {
    const names = headerOf(report);
    assert.is(new Set(names).size, names.length, report.name);
    for (const { name, format, doc } of report.columns) {
      assert.match(name, /^[a-z][a-z0-9_]*$/);
      assert.ok(doc.length > 3, `${report.name}.${name} has a definition`);
      if (format === "seconds") assert.match(name, /_s$/);
      else if (format === "millis") assert.match(name, /_ms$/);
      else if (format === "percent") assert.match(name, /_pct$/);
      else assert.match(format, unitless);
    }
  }
});

test.run();
