// All facts of a timeline.

import { inNamespace } from "./derive/rollout.ts";
import { deriveSummary } from "./derive.ts";
import type { Facts } from "./fact.ts";
import { addFinalFacts } from "./final-facts.ts";
import { addSequenceFacts } from "./sequence-facts.ts";
import { addSummaryFacts } from "./summary-facts.ts";
import type { Timeline } from "./timeline.ts";

/** Families in which several recordings share a cluster, each in a namespace of its own. */
const SHARED_CLUSTERS: ReadonlySet<string> = new Set(["02-rolling-update", "07-daemonset"]);

export function factsOf(timeline: Timeline): Facts {
  const facts: Facts = new Map();
  const own = SHARED_CLUSTERS.has(timeline.family) ? anonymous(inNamespace(timeline)) : timeline;
  addSummaryFacts(facts, deriveSummary(own));
  addSequenceFacts(facts, own);
  addFinalFacts(facts, own);
  return facts;
}

/** The namespace is named after the recording. */
function anonymous(timeline: Timeline): Timeline {
  const ns = timeline.actions.find(({ action }) => action === "create")?.ns ?? "";
  return {
    ...timeline,
    events: timeline.events
      .filter((row) => row.k !== "Namespace" || row.n === ns)
      .map((row) => (row.k === "Namespace" ? { ...row, n: "ns" } : row.ns === ns ? { ...row, ns: "ns" } : row)),
    actions: timeline.actions.map((action) => (action.ns === ns ? { ...action, ns: "ns" } : action)),
  };
}
