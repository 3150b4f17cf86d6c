// A SimKube trace to a scenario: what was there when the recording began are the cluster's manifests, what was applied and deleted later are
// actions at their times, and how long pods ran becomes their behaviour. The trace has no nodes.
import { formatDuration, MINUTE, SECOND } from "../../engine/tick.ts";
import { knownKind } from "../../model/kinds.ts";
import { ManifestCollector } from "../../model/manifests.ts";
import type { ClusterObjects, KubernetesObject, Labels } from "../../model/objects.ts";
import type { Path } from "../../model/problem.ts";
import { wordOf } from "../../model/resource-names.ts";
import { toYaml } from "../../printers/yaml.ts";
import { type Draft, placeOf } from "../draft.ts";
import { isMapping, type Mapping } from "../flatten.ts";
import type { SourceFormat } from "../format.ts";
import { cleaned } from "../kubernetes/clean.ts";
import { nameOf, takeObject } from "../kubernetes/import-objects.ts";
import { unreadKind } from "../kubernetes/unread.ts";
import { isSimkube, readSimkube, type SimkubeTrace } from "./simkube-file.ts";

const RUN = "kubedrill.io/run";
/** After the last event. */
const LAST = 5 * MINUTE;

export const simkube: SourceFormat = {
  by: "source",
  name: "simkube",
  title: "a SimKube trace",
  matches: isSimkube,
  read(draft, sources) {
    for (const [index, source] of sources.entries()) {
      const trace = readSimkube(source);
      if (!("events" in trace)) draft.problems.push(...trace);
      else if (index > 0)
        draft.problem(
          { document: trace.document, base: [] },
          [],
          "one trace",
          "a second one: their times have no common beginning",
        );
      else new Importer(draft, trace).run();
    }
  },
};

class Importer {
  private readonly draft: Draft;
  private readonly trace: SimkubeTrace;
  private readonly startSeconds: number;
  private readonly runs: ReadonlyMap<string, readonly number[]>;
  private number = 0;

  constructor(draft: Draft, trace: SimkubeTrace) {
    this.draft = draft;
    this.trace = trace;
    this.startSeconds = trace.events[0]?.ts ?? 0;
    this.runs = runsOf(trace.lifecycles);
  }

  run(): void {
    const { draft, trace } = this;
    for (const [index, { applied, deleted, ts }] of trace.events.entries()) {
      const at: Path = ["events", index];
      const micros = (ts - this.startSeconds) * SECOND;
      // what stands at the first moment was there before
      if (micros === 0)
        for (const [i, value] of applied.entries())
          takeObject(draft, {
            document: trace.document,
            base: [...at, "applied_objs", i],
            value: this.withRun(withKind(value)),
          });
      else this.apply(applied, [...at, "applied_objs"], micros);
      this.remove(deleted, [...at, "deleted_objs"], micros);
      draft.lasts(micros + LAST);
    }
    for (const lives of this.runs.values()) for (const seconds of lives) draft.lasts(seconds * SECOND);
    const { trackedObjects = trace.config["tracked_objects"] } = trace.config;
    if (isMapping(trackedObjects))
      draft.remarks.noted(
        "SimKube tracks",
        `${Object.keys(trackedObjects).join(", ")}: other objects are not in the trace`,
      );
  }

  private apply(list: readonly unknown[], at: Path, micros: number): void {
    const { document } = this.trace;
    const collector = new ManifestCollector();
    for (const [index, value] of list.entries()) {
      const object = this.withRun(withKind(value));
      const part = { document, base: [...at, index], value: object };
      const { apiVersion = "", kind = "" } = isMapping(object) ? (object as Partial<KubernetesObject>) : {};
      if (isMapping(object) && knownKind(apiVersion, kind) === undefined)
        this.draft.remarks.leftOut(
          `${kind} (${apiVersion})`,
          unreadKind(apiVersion, kind),
          nameOf(object),
          placeOf(part),
        );
      else collector.addPart(document, part.base, object);
    }
    const { objects, problems } = collector.result();
    this.draft.problems.push(...problems);
    const all = (Object.entries(objects) as [keyof ClusterObjects, readonly KubernetesObject[]][]).flatMap(
      ([name, own]) => own.map((object) => cleaned(name, object).object),
    );
    if (all.length === 0) return;
    this.draft.later.push(...all);
    const file = `event-${String(++this.number).padStart(4, "0")}.yaml`;
    this.draft.files.push({ name: file, text: all.map(toYaml).join("---\n") });
    this.draft.actions.push({ at: formatDuration(micros), apply: { file: `./${file}` } });
  }

  private remove(list: readonly unknown[], at: Path, micros: number): void {
    const names: string[] = [];
    for (const [index, value] of list.entries()) {
      const object = withKind(value);
      const part = { document: this.trace.document, base: [...at, index] };
      const { apiVersion, kind, metadata } = (isMapping(object) ? object : {}) as Partial<KubernetesObject>;
      const known = knownKind(apiVersion ?? "", kind ?? "");
      if (metadata?.name === undefined) this.draft.problem(part, ["metadata", "name"], "a name", "");
      else if (known === undefined)
        this.draft.remarks.leftOut(
          `deleted ${kind} (${apiVersion})`,
          unreadKind(apiVersion ?? "", kind ?? ""),
          nameOf(object as object),
          placeOf(part),
        );
      else
        names.push(
          known.namespaced
            ? `${wordOf(known.list)}/${metadata.namespace ?? "default"}/${metadata.name}`
            : `${wordOf(known.list)}/${metadata.name}`,
        );
    }
    if (names.length > 0)
      this.draft.actions.push({
        at: formatDuration(micros),
        delete: { object: names.length === 1 ? names[0] : names, ignoreNotFound: true, wait: false },
      });
  }

  /** The object with the time that its pods have run for, where the trace knows it. */
  private withRun(object: unknown): unknown {
    if (!isMapping(object) || !isMapping(object["metadata"])) return object;
    const { apiVersion, kind, metadata } = object as unknown as KubernetesObject;
    const runs = this.runs.get(`${apiVersion}.${kind} ${metadata.namespace ?? "default"}/${metadata.name}`);
    if (runs === undefined || runs.length === 0) return object;
    const [least, most] = [Math.min(...runs), Math.max(...runs)];
    const text = least === most ? String(least) : `uniform:${least}:${most}`;
    if (least !== most)
      this.draft.remarks.changed(
        `${kind} with pods of several lives`,
        "each pod's is drawn between the shortest and the longest",
        nameOf(object),
      );
    return kind === "Pod" ? annotated(object, text) : withTemplate(object, text);
  }
}

function annotated(object: Mapping, run: string): Mapping {
  const metadata = (object["metadata"] ?? {}) as { readonly annotations?: Labels };
  return { ...object, metadata: { ...metadata, annotations: { ...metadata.annotations, [RUN]: run } } };
}

function withTemplate(object: Mapping, run: string): Mapping {
  const spec = object["spec"];
  if (!isMapping(spec)) return object;
  if (isMapping(spec["template"])) return { ...object, spec: { ...spec, template: annotated(spec["template"], run) } };
  const job = spec["jobTemplate"];
  return isMapping(job) ? { ...object, spec: { ...spec, jobTemplate: withTemplate(job, run) } } : object;
}

/** Seconds that the finished pods of each owner ran: `v1.Pod shop/web-1` → [12]. */
function runsOf(lifecycles: Mapping): ReadonlyMap<string, readonly number[]> {
  const runs = new Map<string, number[]>();
  for (const [key, byHash] of Object.entries(lifecycles)) {
    const [gvk, name] = tupleOf(key);
    if (!isMapping(byHash)) continue;
    const found = Object.values(byHash).flatMap((lives) => (Array.isArray(lives) ? lives.flatMap(secondsOf) : []));
    if (found.length > 0) runs.set(`${gvk} ${name}`, found);
  }
  return runs;
}

function tupleOf(key: string): readonly string[] {
  try {
    const tuple = JSON.parse(key) as unknown;
    return Array.isArray(tuple) ? tuple.map(String) : [key, ""];
  } catch {
    return [key, ""];
  }
}

function secondsOf(life: unknown): readonly number[] {
  const finished = isMapping(life) ? life["Finished"] : undefined;
  if (!Array.isArray(finished)) return [];
  const seconds = Number(finished[1]) - Number(finished[0]);
  return Number.isFinite(seconds) && seconds >= 0 ? [seconds] : [];
}

// objects of a trace say their kind; a Pod that does not is one all the same
function withKind(value: unknown): unknown {
  return isMapping(value) && value["kind"] === undefined && isMapping(value["spec"]) && "containers" in value["spec"]
    ? { apiVersion: "v1", kind: "Pod", ...value }
    : value;
}
