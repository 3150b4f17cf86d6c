// What is known to lie outside of the rule, and why. Only noise of the machine that was recorded belongs here; a row that is listed
// without need is an error.

export interface Exception {
  /** Name of a setting, or the beginning of one up to a space: `follower_kill`. */
  readonly setting: string;
  readonly column: string;
  readonly what: "p50" | "p90" | "text" | "fact";
  readonly reason: string;
}

const SWITCH =
  "one run of few requests, through a switch that is a process beside all others and let frames go 5 to 20 ms late at this delay";
const LOADED =
  "one run; the same load has a p90 of 2 to 12 ms in steady_load: other software used the disk while this one was recorded";
const CYCLES =
  "one run; puts wait for one or two commits of the backend (100 ms and two fsyncs each), and which of the two a burst needs is decided by " +
  "how many of its puts reach the followers before their first write: by the processors' load";

const SATURATED = "few trials, one of them on a saturated machine";

const LATENCY = "network_latency_steady 3 members 100/1000 delay 200 ms";
const SLOW = "slow_disk 3 members 100/1000";

export const EXCEPTIONS: readonly Exception[] = [
  // a survivor that campaigned 2.6 s after its leader's death: its clock lost ticks
  { setting: "quorum_loss leader_dies", column: "t_first_precandidate_ms", what: "p90", reason: SATURATED },
  { setting: `${LATENCY} put at leader by 1`, column: "latency_ms", what: "p50", reason: SWITCH },
  { setting: `${LATENCY} put at leader by 1`, column: "latency_ms", what: "p90", reason: SWITCH },
  { setting: `${LATENCY} lread at leader by 8`, column: "latency_ms", what: "p50", reason: SWITCH },
  {
    setting: `${SLOW} 200 ms at leader, put at leader by 1`,
    column: "latency_ms",
    what: "p50",
    reason: "one run of 15 puts; with 8 and 64 clients the same disk is in",
  },
  { setting: `${SLOW} 50 ms at all, put at leader by 8`, column: "latency_ms", what: "p90", reason: CYCLES },
  { setting: `${SLOW} 200 ms at all, put at leader by 64`, column: "latency_ms", what: "p50", reason: CYCLES },
  { setting: `${SLOW} 600 ms at all, put at leader by 64`, column: "latency_ms", what: "p50", reason: CYCLES },
  {
    setting: `${SLOW} 1500 ms at leader, put at leader by 1`,
    column: "latency_ms",
    what: "p50",
    reason:
      "one run; a put waits for both fast members here, whose fsyncs on the one disk were nearly equal, while the simulated ones are drawn " +
      "independently",
  },
  { setting: `${SLOW} 3000 ms at leader, put at leader by 1`, column: "latency_ms", what: "p90", reason: LOADED },
  { setting: `${SLOW} 3000 ms at leader, put at leader by 8`, column: "latency_ms", what: "p90", reason: LOADED },
];
