// The search as a whole against a made-up cluster whose weaknesses are known: what is found, how small it becomes, and that neither the number
// of threads nor their speed changes anything.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { endOf, kindsOf, type Schedule, scheduleKey, textOf } from "../../../sim/analysis/search/disturbance.ts";
import type { Room } from "../../../sim/analysis/search/draw.ts";
import type { Outcome } from "../../../sim/analysis/search/outcome.ts";
import {
  AHEAD,
  type Finding,
  type SearchOptions,
  type SearchResult,
  search,
} from "../../../sim/analysis/search/search.ts";
import type { Choice } from "../../../sim/analysis/search/space.ts";
import { MINUTE } from "../../../sim/engine/tick.ts";

const KINDS = ["crash", "slow", "cut", "flood", "drain", "restart", "skew", "leak"];

const room: Room = {
  choices: KINDS.map(
    (kind): Choice => ({
      kind,
      isAction: kind === "drain" || kind === "restart",
      hasDuration: kind !== "drain" && kind !== "restart",
      defaultForMicros: 5 * MINUTE,
      pools: [{ by: "name", one: "node", many: "nodes", names: ["n-0", "n-1", "n-2", "n-3", "n-4", "n-5"], most: 3 }],
      says: {},
      tries: kind === "slow" ? [{ name: "factor", values: [2, 100] }] : [],
      simpler: kind === "flood" ? ["cut"] : [],
    }),
  ),
  fromMicros: 2 * MINUTE,
  toMicros: 20 * MINUTE,
  maxFaults: 3,
};

const CALM: Outcome = { violations: [], margins: [1, 1], missed: [], voidReason: "", digest: "" };

/** Fails when somebody drains while n-0 is cut off for a minute and more, or with all that is slow for long. */
function run(schedule: Schedule): Outcome {
  const of = (kind: string) => schedule.filter((one) => one.kind === kind);
  const hits = (names: unknown) => names === "n-0" || (Array.isArray(names) && names.includes("n-0"));
  const cuts = of("cut").filter(
    ({ forMicros, whom }) => hits(whom.fields.node ?? whom.fields.nodes) && forMicros! >= MINUTE,
  );
  const isBlocked = cuts.some((cut) =>
    of("drain").some((drain) => drain.atMicros >= cut.atMicros && drain.atMicros <= endOf(cut)),
  );
  const slowest = Math.max(0, ...of("slow").map(({ forMicros }) => forMicros!));
  const margins = [isBlocked ? -1 : cuts.length > 0 ? 0.5 : 1, (8 * MINUTE - slowest) / (8 * MINUTE)];
  const violations = margins.flatMap((margin, expectation) =>
    margin < 0 ? [{ expectation, atMicros: expectation, note: "" }] : [],
  );
  const missed = schedule.flatMap(({ kind }, i) => (kind === "leak" ? [i] : []));
  return {
    violations,
    margins,
    missed,
    voidReason: of("skew").length > 1 ? "two clocks" : "",
    digest: scheduleKey(schedule),
  };
}

/** A driver that answers at once, or that has begun everything before it is asked. */
function drive(options: Partial<SearchOptions>, isEager = false): SearchResult & { readonly asked: number } {
  const steps = search(CALM, {
    ...{ room, seed: "1", runs: 300, maxFindings: 10, shrinkRuns: 200, isOver: () => false },
    ...options,
  });
  const begun: { readonly schedule: Schedule; readonly outcome: Outcome | null }[] = [];
  let asked = 0;
  let step = steps.next();
  while (step.done !== true) {
    const request = step.value;
    if (request.op === "begin") {
      begun.push({ schedule: request.schedule, outcome: isEager ? run(request.schedule) : null });
      assert.ok(begun.length <= AHEAD);
      step = steps.next({ index: -1, outcome: null });
    } else if (request.op === "outcome") {
      asked++;
      const { outcome, schedule } = begun.shift()!;
      step = steps.next({ index: 0, outcome: outcome ?? run(schedule) });
    } else {
      const outcomes = request.schedules.map(run);
      const index = outcomes.findIndex(request.passes);
      step = steps.next({ index, outcome: outcomes[index] ?? null });
    }
  }
  return { ...step.value, asked };
}

const shown = ({ expectation, schedule }: Finding) => [expectation, ...schedule.map(textOf)];

test("both weaknesses are found, and made as small as they can be", () => {
  const { findings, runs, violating } = drive({});
  const byKinds = new Map(findings.map((finding) => [`${finding.expectation} ${finding.kinds.join("+")}`, finding]));
  assert.equal([...byKinds.keys()].sort(), ["0 cut+drain", "1 slow"]);
  const [cut, drain] = byKinds.get("0 cut+drain")!.schedule;
  assert.equal([cut!.whom.fields, cut!.forMicros, drain!.whom.size], [{ node: "n-0" }, MINUTE, 1]);
  const [slow, ...more] = byKinds.get("1 slow")!.schedule;
  assert.equal([more.length, slow!.whom.size, slow!.parameters], [0, 1, {}]);
  assert.ok(slow!.forMicros! > 8 * MINUTE && slow!.forMicros! <= 9 * MINUTE, textOf(slow!));
  assert.is(runs, 300);
  assert.ok(violating > findings.length, "what was known already is counted and not told again");
  for (const finding of findings) assert.ok(finding.isMinimal);
});

test("who runs ahead and who does not find the same", () => {
  const [lazy, eager] = [drive({}), drive({}, true)];
  assert.equal(lazy.findings.map(shown), eager.findings.map(shown));
  assert.equal([lazy.violating, lazy.voidRuns, lazy.margins], [eager.violating, eager.voidRuns, eager.margins]);
});

test("fewer runs find the first of what more runs find, another seed something else", () => {
  const all = drive({ runs: 300 }).findings;
  const few = drive({ runs: all[0]!.run }).findings;
  assert.equal(few.map(shown), [shown(all[0]!)]);
  const first = ({ findings }: SearchResult) => findings.map(({ found }) => scheduleKey(found)).join();
  assert.is.not(first(drive({ seed: "2" })), first(drive({ seed: "3" })));
});

test("it ends with the findings that were asked for, or when the time is over, with what it has", () => {
  const one = drive({ maxFindings: 1 });
  assert.is(one.findings.length, 1);
  assert.is(one.runs, one.findings[0]!.run);
  let left = 40;
  const late = drive({ isOver: () => left-- <= 0 });
  assert.ok(late.runs <= 40 && late.runs > 0);
});

test("what found nobody to hit is no part of a finding, and runs that mean nothing show nothing", () => {
  const { findings, voidReasons } = drive({ runs: 600 });
  for (const { found, schedule } of findings) assert.not.ok(kindsOf([...found, ...schedule]).includes("leak"));
  assert.ok(voidReasons.every((reason) => reason === "two clocks"));
});

test("guided by margins it needs fewer runs than blind for what grows by degrees", () => {
  // ever longer and never alone: only those who follow the margin get there soon
  const deep = (schedule: Schedule): Outcome => {
    const total = schedule.filter(({ kind }) => kind === "slow").reduce((sum, { forMicros }) => sum + forMicros!, 0);
    const margin = (36 * MINUTE - total) / (36 * MINUTE);
    return { ...CALM, margins: [margin], violations: margin < 0 ? [{ expectation: 0, atMicros: 0, note: "" }] : [] };
  };
  const needed = (seed: string, isGuided: boolean): number => {
    const steps = search(
      { ...CALM, margins: [1] },
      { room, seed, runs: 3000, maxFindings: 1, shrinkRuns: 1, isOver: () => false },
    );
    const begun: Schedule[] = [];
    let step = steps.next();
    while (step.done !== true) {
      const request = step.value;
      if (request.op === "begin") {
        begun.push(request.schedule);
        step = steps.next({ index: -1, outcome: null });
        continue;
      }
      const outcome = deep(request.op === "outcome" ? begun.shift()! : request.schedules[0]!);
      const told = isGuided || outcome.violations.length > 0 ? outcome : { ...outcome, margins: [1] };
      step = steps.next({ index: outcome.violations.length > 0 || request.op === "outcome" ? 0 : -1, outcome: told });
    }
    return step.value.runs;
  };
  const seeds = ["1", "2", "3", "4", "5", "6"];
  const sum = (isGuided: boolean) => seeds.reduce((total, seed) => total + needed(seed, isGuided), 0);
  const [guided, blind] = [sum(true), sum(false)];
  assert.ok(guided < blind / 2, `${guided} against ${blind}`);
});

test.run();
