// All CSV reports. A new one is one file here and one line below.

import { actionsReport } from "./actions.ts";
import { apiReport, controllersReport, sloReport } from "./control-plane.ts";
import { costReport } from "./cost.ts";
import { latenciesReport, leadersReport, serviceTimeseriesReport } from "./courses.ts";
import { etcdReport } from "./etcd.ts";
import { eventsReport } from "./events.ts";
import { evictionsReport } from "./evictions.ts";
import { expectationsReport } from "./expectations.ts";
import { faultsReport } from "./faults.ts";
import { gpuReport } from "./gpu.ts";
import { nodesReport } from "./nodes.ts";
import { notModelledReport } from "./not-modelled.ts";
import { podsReport } from "./pods.ts";
import type { Report } from "./report-column.ts";
import { resourcesReport } from "./resources.ts";
import { scalingReport } from "./scaling.ts";
import { schedulingReport } from "./scheduling.ts";
import { servicesReport } from "./services.ts";
import { summaryReport } from "./summary.ts";
import { timeseriesReport } from "./timeseries.ts";
import { unschedulableReport } from "./unschedulable.ts";
import { rolloutsReport, workloadsReport } from "./workloads.ts";

export const REPORTS: readonly Report[] = [
  summaryReport,
  podsReport,
  nodesReport,
  timeseriesReport,
  gpuReport,
  schedulingReport,
  resourcesReport,
  unschedulableReport,
  eventsReport,
  workloadsReport,
  rolloutsReport,
  evictionsReport,
  controllersReport,
  apiReport,
  sloReport,
  costReport,
  etcdReport,
  faultsReport,
  actionsReport,
  scalingReport,
  servicesReport,
  expectationsReport,
  leadersReport,
  latenciesReport,
  serviceTimeseriesReport,
  notModelledReport,
];
