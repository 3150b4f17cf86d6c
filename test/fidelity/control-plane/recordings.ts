// Reads recordings of a control plane: one folder each, as their README lays out.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { type LoadSample, MachineLoad } from "./machine-load.ts";
import type { Action, DrainRow, EtcdRow, NodeRow, RequestRow, Row } from "./rows.ts";
import type { Timeline } from "./timeline.ts";

export interface Meta {
  readonly scenario: string;
  readonly recording: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly startedAt: string;
  readonly durationSeconds: number;
  readonly cluster: {
    readonly nodes: number;
    /** `zone-a,zone-b`, or `zone-a=6,zone-b=6`. */
    readonly zones: string;
    readonly nodeCapacity: Readonly<Record<string, string>>;
    readonly etcdMembers: number;
    readonly schedulers: number;
    readonly controllerManagers: number;
  };
  readonly flags: Readonly<Record<string, readonly string[]>>;
  /** YAML texts by `Kind/name`, of the last object of that name. */
  readonly manifests: Readonly<Record<string, string>>;
  readonly actions: readonly Action[];
}

export type Summary = Readonly<Record<string, unknown>>;

export interface Recording {
  readonly meta: Meta;
  readonly summary: Summary;
  readonly timeline: Timeline;
  readonly load: MachineLoad;
}

/** Names of all recordings, as `family/name`, sorted. */
export function recordingNames(folder: string): string[] {
  const names: string[] = [];
  for (const family of readdirSync(folder, { withFileTypes: true })) {
    if (!family.isDirectory()) continue;
    for (const name of readdirSync(join(folder, family.name))) {
      if (existsSync(join(folder, family.name, name, "meta.json"))) names.push(`${family.name}/${name}`);
    }
  }
  return names.sort();
}

/** @param name as `family/name` */
export function readRecording(folder: string, name: string): Recording {
  const at = join(folder, name);
  const meta = JSON.parse(readFileSync(join(at, "meta.json"), "utf8")) as Meta;
  const summary = JSON.parse(readFileSync(join(at, "summary.json"), "utf8")) as Summary;
  const timeline: Timeline = {
    family: meta.scenario,
    recording: meta.recording,
    params: meta.params,
    durationSeconds: meta.durationSeconds,
    actions: meta.actions,
    events: lines<Row>(join(at, "events.jsonl.gz")),
    nodes: lines<NodeRow>(join(at, "nodes.jsonl.gz")),
    requests: lines<RequestRow>(join(at, "requests.jsonl.gz")),
    etcd: lines<EtcdRow>(join(at, "etcd.jsonl.gz")),
    drain: lines<DrainRow>(join(at, "drain.jsonl")),
    startsAt: meta.startedAt,
  };
  return { meta, summary, timeline, load: new MachineLoad(lines<LoadSample>(join(at, "procs.jsonl.gz"))) };
}

function lines<T>(path: string): T[] {
  if (!existsSync(path)) return [];
  const bytes = readFileSync(path);
  const text = (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
  const rows: T[] = [];
  for (const line of text.split("\n")) if (line !== "") rows.push(JSON.parse(line) as T);
  return rows;
}
