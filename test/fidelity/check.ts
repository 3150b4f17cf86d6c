// Replays one reference case and compares everything that it expects: every attempt in full with the plain evaluation, and
// the outcome of every attempt with the node table.
import type { Decision } from "../../sim/analysis/decision.ts";
import { AttemptQueue, replay, schedulerOf } from "../../sim/analysis/replay.ts";
import { pathText } from "../../sim/model/problem.ts";
import { type ReferenceCase, readReferenceCase } from "../../sim/scenario/reference-case.ts";
import { type Difference, differences } from "./differences.ts";

/** Something that is not as the case says, as one line. */
export interface Failure {
  readonly caseName: string;
  readonly text: string;
}

export interface CaseResult {
  readonly name: string;
  readonly family: string;
  /** Attempts that the case expects. */
  readonly decisions: number;
  readonly equal: number;
  /** Attempts whose outcome was the same with the node table, and how many of them the table decided; null when not asked for. */
  readonly table: { readonly equal: number; readonly served: number } | null;
  readonly failures: readonly Failure[];
}

/** @param withTable compare with the node table too */
export function checkCase(document: unknown, withTable: boolean): CaseResult {
  const { case: referenceCase, problems } = readReferenceCase(document);
  const failures: Failure[] = [];
  const caseName = referenceCase.name || "(case without a name)";
  const fail = (text: string) => failures.push({ caseName, text });
  for (const problem of problems)
    fail(`${pathText(problem.path)}: expected ${problem.expected}, found ${problem.received}`);
  if (referenceCase.expected === null && referenceCase.expectedTrace === null) fail("the document expects nothing");
  const decisions = referenceCase.expected?.length ?? referenceCase.expectedTrace?.length ?? 0;
  if (failures.length > 0)
    return { name: caseName, family: referenceCase.family, decisions, equal: 0, table: null, failures };
  const { equal, ours } =
    referenceCase.expectedTrace === null ? checkDecisions(referenceCase, fail) : checkTrace(referenceCase, fail);
  const table = withTable ? checkTable(referenceCase, ours, fail) : null;
  return { name: caseName, family: referenceCase.family, decisions, equal, table, failures };
}

function checkDecisions(referenceCase: ReferenceCase, fail: (text: string) => void) {
  const expected = referenceCase.expected ?? [];
  const { decisions, snapshot } = replay(referenceCase);
  const { nodeOrder } = referenceCase;
  if (nodeOrder !== null) {
    const order = snapshot.nodes.map((node) => node.slot);
    const at = nodeOrder.findIndex((index, i) => index !== order[i]);
    if (at >= 0 || order.length !== nodeOrder.length)
      fail(`nodeOrder[${at}]: expected ${nodeOrder[at]}, got ${order[at]}`);
  }
  let equal = 0;
  for (let i = 0; i < Math.max(expected.length, decisions.length); i++) {
    const decision = decisions[i];
    const entry = expected[i] as Decision | undefined;
    if (decision === undefined || entry === undefined) {
      const { pod, attempt } = (decision ?? entry) as Decision;
      fail(
        `pod ${pod} attempt ${attempt}: ${decision === undefined ? "expected, but not made" : "made, but not expected"}`,
      );
      continue;
    }
    const found = differences(entry, decision);
    if (found.length === 0) equal++;
    for (const difference of found) fail(`pod ${entry.pod} attempt ${entry.attempt}: ${differenceText(difference)}`);
  }
  return { equal, ours: decisions.map(outcomeOfDecision) };
}

function differenceText({ field, node, plugin, expected, actual }: Difference): string {
  const about = [node === null ? "" : `node ${node}`, plugin === null ? "" : `plugin ${plugin}`].filter(
    (part) => part !== "",
  );
  return `${about.length === 0 ? "" : `${about.join(" ")}: `}${field}: expected ${shorten(expected)}, got ${shorten(actual)}`;
}

function shorten(value: unknown): string {
  const text = value === undefined ? "nothing" : JSON.stringify(value);
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}

/** A trace expects less of each pod: the node, its total, how many nodes share it, how many are feasible. */
function checkTrace(referenceCase: ReferenceCase, fail: (text: string) => void) {
  const expected = referenceCase.expectedTrace ?? [];
  const scheduler = schedulerOf(referenceCase, { plain: true });
  const { snapshot } = scheduler;
  const queue = new AttemptQueue(referenceCase, snapshot);
  const ours: Outcome[] = [];
  let equal = 0;
  for (let next = queue.next(), i = 0; next !== undefined; next = queue.next(), i++) {
    const { totals, feasible, chosen } = scheduler.decidePlain(next.pod);
    const best = totals === null ? -1 : totals.reduce((max, total) => Math.max(max, total), 0);
    const ties = totals === null ? feasible.length : totals.filter((total) => total === best).length;
    const found = chosen === null ? [-1, 0, 0, 0] : [chosen.slot, best, ties, feasible.length];
    const wanted = expected[i];
    const names = ["chosen node", "total", "nodes with that total", "feasible nodes"];
    const at = names.findIndex((_, k) => found[k] !== wanted?.[k]);
    if (at < 0) equal++;
    else {
      const node = referenceCase.objects.nodes[wanted?.[0] ?? -1]?.metadata.name ?? "none";
      fail(`pod ${next.pod.key} attempt 1: node ${node}: ${names[at]}: expected ${wanted?.[at]}, got ${found[at]}`);
    }
    const attempt = scheduler.attempt(next.pod);
    ours.push(outcomeOf(attempt));
    queue.done(next, attempt.victims, attempt.nominatedNodeName, attempt.outcome === "scheduled");
  }
  if (ours.length !== expected.length) fail(`expected ${expected.length} pods, got ${ours.length}`);
  return { equal, ours };
}

interface Outcome {
  readonly nodeName: string | null;
  readonly message: string | null;
  readonly victims: readonly string[];
  readonly nominated: string | null;
  /** The winner's total, -1 when nothing was scored. */
  readonly score: number;
}

function outcomeOf(attempt: {
  nodeName: string | null;
  message: string | null;
  victims: readonly { key: string }[];
  nominatedNodeName: string | null;
  score: number;
}): Outcome {
  return {
    nodeName: attempt.nodeName,
    message: attempt.message,
    victims: attempt.victims.map((victim) => victim.key),
    nominated: attempt.nominatedNodeName,
    score: attempt.score,
  };
}

function outcomeOfDecision(decision: Decision): Outcome {
  return {
    nodeName: decision.chosen,
    message: decision.message,
    victims: decision.preemption?.victims ?? [],
    nominated: decision.preemption?.nominatedNode || null,
    score: decision.scored ? (decision.totals ?? []).reduce((max, total) => Math.max(max, total), 0) : -1,
  };
}

function checkTable(referenceCase: ReferenceCase, ours: readonly Outcome[], fail: (text: string) => void) {
  const scheduler = schedulerOf(referenceCase, { plain: false });
  const queue = new AttemptQueue(referenceCase, scheduler.snapshot);
  let equal = 0;
  let i = 0;
  for (let next = queue.next(); next !== undefined; next = queue.next(), i++) {
    const gated = next.attempt === 1 && scheduler.preEnqueue(next.pod) !== null;
    const attempt = gated ? null : scheduler.attempt(next.pod);
    const outcome =
      attempt === null
        ? { nodeName: null, message: null, victims: [], nominated: null, score: -1 }
        : outcomeOf(attempt);
    const wanted = JSON.stringify(ours[i]);
    if (JSON.stringify(outcome) === wanted) equal++;
    else
      fail(
        `pod ${next.pod.key} attempt ${next.attempt}: node table: plain evaluation came to ${wanted}, table to ${JSON.stringify(outcome)}`,
      );
    if (attempt !== null) queue.done(next, attempt.victims, attempt.nominatedNodeName, attempt.outcome === "scheduled");
  }
  if (i !== ours.length) fail(`node table: ${i} attempts, plain evaluation ${ours.length}`);
  return { equal, served: scheduler.tableCycles };
}
