// The public API. What is not exported here may change without notice. Documented in docs/LIBRARY.md.

export { REPORTS } from "../reports/columns/registry.ts";
export type { Report, ReportColumn } from "../reports/columns/report-column.ts";
export { renderParts, rowsOf, writeCsv } from "../reports/csv.ts";
export type { Answer, AnswerTable } from "./analysis/capacity/answer.ts";
export { answerCheapestMix, type MixAnswerOptions } from "./analysis/capacity/cheapest-mix.ts";
export { answerDrain, type DrainOptions } from "./analysis/capacity/drain.ts";
export { answerFewestNodes, type FewestNodesOptions } from "./analysis/capacity/fewest-nodes.ts";
export { answerFitMore, type FitMoreOptions, type MorePods } from "./analysis/capacity/fit-more.ts";
export { type Ground, groundOfPlan, withNodes, withoutNodes } from "./analysis/capacity/ground.ts";
export { answerHeadroom, type HeadroomOptions } from "./analysis/capacity/headroom.ts";
export { Need, type NeedOptions } from "./analysis/capacity/need.ts";
export { type NodeType, typeOfPool } from "./analysis/capacity/node-type.ts";
export { answerPreempt, type PreemptOptions } from "./analysis/capacity/preempt.ts";
export { answerRightsize, type Recommendation } from "./analysis/capacity/rightsize.ts";
export { answerShrink, type ShrinkOptions } from "./analysis/capacity/shrink.ts";
export { answerSurvive, type FailureUnit, type SurviveOptions } from "./analysis/capacity/survive.ts";
export type { FitReport, NodeRejection, PodFit } from "./analysis/fit.ts";
export { type Packing, type PackOptions, pack } from "./analysis/pack.ts";
export { type ScheduleOptions, schedule } from "./analysis/schedule.ts";
export { loadCustomPlugins, PluginLoadError } from "./batch/custom-plugins.ts";
export { type SimulateOptions, simulate } from "./cluster.ts";
export type { ColumnFormat } from "./metrics/column-format.ts";
export {
  isValid,
  type Result,
  type RunIdentity,
  type TableName,
  TOOL_VERSION,
  type Verdict,
} from "./metrics/result.ts";
export { SUMMARY_COLUMNS, type SummaryColumn } from "./metrics/summary.ts";
export { numbersOf, type Table, textReader } from "./metrics/table.ts";
export type { ClusterObjects, Node, Pod } from "./model/objects.ts";
export { noObjects } from "./model/objects.ts";
export { type FileProblem, problemText } from "./model/problem.ts";
export {
  defaultSchedulerConfiguration,
  readSchedulerConfiguration,
} from "./model/read-scheduler-configuration.ts";
export type { SchedulerConfiguration } from "./model/scheduler-configuration.ts";
export { type LoadedScenario, loadScenario, loadScenarioText, type Override } from "./scenario/load.ts";
export { type LoadedManifests, loadManifests } from "./scenario/load-manifests.ts";
export type { Plan } from "./scenario/plan.ts";
export type {
  CycleState,
  Handle,
  Plugin,
  PluginFactory,
  PreFilterResult,
  Status,
} from "./scheduler/framework.ts";
export { status } from "./scheduler/framework.ts";
export type { NodeInfo } from "./scheduler/node-info.ts";
export type { PodInfo, PodShape } from "./scheduler/shape.ts";
