// What one watch event looks like in a recording: a line of events.jsonl.gz, and the other files' lines. Field names are those of the
// recordings; see their README. A field that is absent was not set.

/** Conditions by type, as `T`, `F` or `U`, with the reason after a colon where there is one. */
export type Conditions = Readonly<Record<string, string>>;

/** `L`: in the list that began the watch. */
export type RowEvent = "A" | "M" | "D" | "L";

export interface Row {
  readonly k: string;
  readonly e: RowEvent;
  readonly t: number;
  readonly ns?: string;
  readonly n?: string;
  readonly relist?: boolean;
  readonly del?: number;
  readonly grace?: number;
  readonly fin?: string;
  readonly own?: string;
  /** Pods: by type. ReplicaSets: `type=status:reason` joined by commas. */
  readonly c?: Conditions | string;
  // pods
  readonly uid?: string;
  readonly ph?: string;
  readonly node?: string;
  readonly nom?: string;
  readonly prio?: number;
  readonly cs?: string;
  readonly rc?: number;
  readonly hash?: string;
  readonly idx?: string;
  // nodes
  readonly ready?: string;
  readonly readySince?: number;
  readonly taints?: readonly string[];
  readonly zone?: string;
  readonly unsched?: boolean;
  // workloads
  readonly spec?: number;
  readonly gen?: number;
  readonly obs?: number;
  readonly rep?: number;
  readonly upd?: number;
  readonly rdy?: number;
  readonly avl?: number;
  readonly unav?: number;
  readonly trm?: number;
  readonly rev?: string;
  readonly lab?: number;
  readonly cur?: number;
  readonly crev?: string;
  readonly urev?: string;
  readonly des?: number;
  readonly mis?: number;
  // jobs and cron jobs
  readonly act?: number;
  readonly suc?: number;
  readonly fail?: number;
  readonly unc?: string;
  readonly cidx?: string;
  readonly fidx?: string;
  readonly start?: number;
  readonly comp?: number;
  readonly lastSched?: number;
  readonly lastSucc?: number;
  // endpoint slices
  readonly svc?: string;
  readonly tot?: number;
  readonly srv?: number;
  readonly notReady?: readonly string[];
  // disruption budgets
  readonly allowed?: number;
  readonly exp?: number;
  readonly disrupted?: number;
  // autoscalers
  readonly util?: number;
  readonly lastScale?: number;
  // leases
  readonly holder?: string;
  readonly renew?: number;
  readonly tr?: number;
  // Events
  readonly obj?: string;
  readonly reason?: string;
  readonly msg?: string;
  readonly type?: string;
  readonly src?: string;
  readonly count?: number;
  // quotas
  readonly hard?: Readonly<Record<string, string>>;
  readonly used?: Readonly<Record<string, string>>;
}

/** A line of nodes.jsonl.gz: what a node did. */
export interface NodeRow {
  readonly t: number;
  readonly ev: string;
  readonly node: string;
  readonly ns?: string;
  readonly pod?: string;
  readonly mode?: string;
}

/** A line of requests.jsonl.gz: one request of the load generator. */
export interface RequestRow {
  readonly t: number;
  readonly v: string;
  /** 0 = no HTTP answer. */
  readonly code: number;
  readonly lat: number;
  readonly err?: string;
}

/** A line of etcd.jsonl.gz: a change in a member's state. */
export interface EtcdRow {
  readonly t: number;
  readonly member: string;
  readonly up: boolean;
  readonly isLeader: boolean;
  readonly hasLeader: boolean;
  readonly term: number | null;
}

/** A line that kubectl drain printed. */
export interface DrainRow {
  readonly t: number;
  readonly node: string;
  readonly line: string;
}

/** One step of the script that ran against the cluster, at the time at which it was done. */
export interface Action {
  readonly t: number;
  readonly action: string;
  readonly kind?: string;
  readonly name?: string;
  readonly ns?: string;
  readonly code?: number;
  readonly error?: string | null;
  readonly patch?: unknown;
  readonly spec?: unknown;
  readonly hard?: unknown;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly request?: string;
  readonly nodes?: string;
  readonly node?: string;
  readonly podsOnNodes?: number;
  readonly pods?: readonly string[];
  readonly zone?: string;
  readonly frac?: number;
  readonly count?: number;
  readonly mode?: string;
  readonly cmd?: string;
  readonly rc?: number;
  readonly component?: string;
  readonly how?: string;
  readonly restartIn?: number;
  readonly members?: readonly string[];
  readonly leaderWas?: string;
  readonly milli?: number;
  readonly resources?: unknown;
}

/** A condition of a row, "" when it has none. */
export function condition(row: Row, type: string): string {
  return typeof row.c === "object" ? (row.c[type] ?? "") : "";
}

export function isReady(row: Row): boolean {
  return condition(row, "R").startsWith("T");
}

export function isTerminal(row: Row): boolean {
  return row.ph === "Succeeded" || row.ph === "Failed";
}
