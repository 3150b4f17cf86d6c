// The trace file: what the format asks for, which tracks there are, and what is left out.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type TraceEvent, traceOf, traceText } from "../../reports/trace.ts";
import { simulate } from "../../sim/cluster.ts";
import { SECOND } from "../../sim/engine/tick.ts";
import { noObjects } from "../../sim/model/objects.ts";
import { makePlan } from "../plans.ts";
import { makeNode, makePod, requesting } from "../scheduler/builders.ts";

const plan = makePlan({
  name: "traced",
  durationMicros: 60 * SECOND,
  objects: {
    ...noObjects(),
    nodes: [makeNode("n0", { cpu: "4" }), makeNode("n1", { cpu: "4" })],
    pods: Array.from({ length: 6 }, (_, i) => makePod(`p${i}`, requesting({ cpu: "1" }))),
  },
});
const result = simulate(plan, "1");
const trace = traceOf(result, { maxEvents: 1000 });

/** What viewers ask of the format. */
function assertValid(text: string): void {
  const file = JSON.parse(text) as { traceEvents: TraceEvent[]; displayTimeUnit: string; otherData: unknown };
  assert.is(file.displayTimeUnit, "ms");
  const open = new Map<string, { readonly from: number; readonly to: number }[]>();
  for (const event of file.traceEvents) {
    assert.ok(event.name !== "" && ["X", "i", "C", "M"].includes(event.ph), JSON.stringify(event));
    for (const value of [event.pid, event.tid, event.ts]) assert.ok(Number.isInteger(value) && value >= 0);
    if (event.ph === "i") assert.is(event.s, "t");
    if (event.ph === "C") for (const value of Object.values(event.args ?? {})) assert.type(value, "number");
    if (event.ph !== "X") continue;
    assert.ok(Number.isInteger(event.dur) && event.dur! >= 0, JSON.stringify(event));
    const key = `${event.pid}/${event.tid}`;
    const slices = open.get(key) ?? [];
    open.set(key, slices);
    slices.push({ from: event.ts, to: event.ts + event.dur! });
  }
  // slices of a track lie within each other or apart
  for (const [track, slices] of open) {
    slices.sort((a, b) => a.from - b.from || b.to - a.to);
    const stack: number[] = [];
    for (const { from, to } of slices) {
      while (stack.length > 0 && stack.at(-1)! <= from) stack.pop();
      assert.ok(stack.length === 0 || to <= stack.at(-1)!, `slices of track ${track} nest`);
      stack.push(to);
    }
  }
}

test("the file is what the format asks for, and the same bytes every time", () => {
  const text = [...traceText(result, trace)].join("");
  assertValid(text);
  const again = simulate(plan, "1");
  assert.is([...traceText(again, traceOf(again, { maxEvents: 1000 }))].join(""), text);
});

test("every pod is a slice on its node, with its phases inside", () => {
  const names = trace.events.filter(({ ph }) => ph === "X").map(({ name }) => name);
  for (let i = 0; i < 6; i++) assert.ok(names.includes(`default/p${i}`));
  assert.is(names.filter((name) => name === "starting").length, 6);
  const tracks = trace.events.filter(({ name }) => name === "thread_name").map(({ args }) => args!.name);
  for (const track of ["etcd etcd-0", "condition", "pods 1", "pods 3"]) assert.ok(tracks.includes(track), track);
  const processes = trace.events.filter(({ name }) => name === "process_name").map(({ args }) => args!.name);
  assert.equal(processes, ["control plane", "cluster", "node n0", "node n1"]);
});

test("what finds no room is left out by node and said", () => {
  const small = traceOf(result, { maxEvents: 13 });
  assert.equal(small.leftOut, ["1 of 2 nodes with 3 pods, those with least to tell (--max-events 13)"]);
  assert.match([...traceText(result, small)].join(""), /"left_out":"1 of 2 nodes/);
});

test.run();
