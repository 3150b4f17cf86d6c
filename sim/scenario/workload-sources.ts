// From what a scenario says about its workload to sources of pods: arrivals, pods, traces.
import { type Distribution, meanOf } from "../engine/distributions.ts";
import { type DefaultingContext, defaultPod } from "../model/defaults.ts";
import type { Path } from "../model/problem.ts";
import { distributionOf, durationMicros } from "./duration-schema.ts";
import type { WorkloadSource } from "./plan.ts";
import type { TraceSpec, WorkloadSpec } from "./schema.ts";
import { type TracePods, tracePods } from "./trace.ts";
import type { VariantReading } from "./variant-reading.ts";

const MAX_ARRIVALS = 1e8;

export function workloadSources(
  reading: VariantReading,
  list: readonly WorkloadSpec[] | undefined,
  context: DefaultingContext,
): readonly WorkloadSource[] {
  const names = new Set<string>();
  return reading.items(list, ["spec", "workload"]).flatMap(({ item, path }): WorkloadSource[] => {
    const source =
      item.trace !== undefined
        ? trace(reading, item.trace, [...path, "trace"], context)
        : stamped(reading, item, path, context);
    if (source === null) return [];
    // a second source of the same name gets a number, the first keeps it
    let { name } = source;
    for (let n = 2; names.has(name); n++) name = `${source.name}-${n}`;
    names.add(name);
    if (source.kind === "trace") return [{ ...source, name }];
    return [{ ...source, name, shape: { ...source.shape, metadata: { ...source.shape.metadata, name } } }];
  });
}

function stamped(
  reading: VariantReading,
  item: WorkloadSpec,
  path: Path,
  context: DefaultingContext,
): WorkloadSource | null {
  const { arrivals, pods } = item;
  const spec = arrivals ?? pods;
  if (spec === undefined) return null;
  const at = [...path, arrivals !== undefined ? "arrivals" : "pods"];
  const shape = reading.shape(spec.shape, [...at, "shape"], spec.name, spec.namespace, context);
  const lifetimeMicros = spec.lifetime === undefined ? null : distributionOf(spec.lifetime);
  const name = shape?.metadata.name ?? "";
  if (pods !== undefined) {
    return (
      shape && {
        kind: "pods",
        name,
        shape,
        atMicros: durationMicros(pods.at ?? "0s"),
        count: pods.count,
        lifetimeMicros,
      }
    );
  }
  if (arrivals === undefined) return null;
  const everyMicros = distributionOf(arrivals.every);
  const startMicros = durationMicros(arrivals.start ?? "0s");
  const stopMicros = arrivals.stop === undefined ? null : durationMicros(arrivals.stop);
  const count = arrivals.count ?? null;
  checkArrivals(reading, at, everyMicros, startMicros, stopMicros, count);
  return shape && { kind: "arrivals", name, shape, everyMicros, startMicros, stopMicros, count, lifetimeMicros };
}

// a source that would never end, or not within a life
function checkArrivals(
  reading: VariantReading,
  at: Path,
  every: Distribution,
  start: number,
  stop: number | null,
  count: number | null,
): void {
  const { duration, until } = reading.scenario.spec;
  const ends = [
    stop,
    duration !== undefined && reading.clean(["spec", "duration"]) ? durationMicros(duration) : null,
  ].filter((end) => end !== null);
  if (stop !== null && stop <= start)
    reading.note([{ path: [...at, "stop"], expected: "a time after start", received: "" }]);
  if (count !== null) return;
  if (ends.length === 0) {
    if (until === "idle")
      reading.note([
        {
          path: at,
          expected: "count or stop, as the run ends only when nothing is left to happen",
          received: "neither",
        },
      ]);
  } else if (!(Math.min(...ends) / Math.max(meanOf(every), 1e-9) <= MAX_ARRIVALS)) {
    reading.note([
      {
        path: [...at, "every"],
        expected: "a longer time between pods, or a count: at most a hundred million pods",
        received: "",
      },
    ]);
  }
}

function trace(reading: VariantReading, spec: TraceSpec, at: Path, context: DefaultingContext): WorkloadSource | null {
  const file = reading.text(spec.pods, [...at, "pods"]);
  if (file === null) return null;
  if (spec.format === "openb" && spec.columns !== undefined) {
    reading.note([{ path: [...at, "columns"], expected: "no columns: the openb format has its own", received: "" }]);
  }
  const name = spec.name ?? "trace";
  const loaded = reading.inputs.once(
    ["trace pods", spec],
    (): TracePods => tracePods(file.text, file.name, spec, name),
  );
  reading.problems.push(...loaded.problems);
  reading.warnings.push(...loaded.warnings);
  checkArrangement(reading, spec, at);
  return {
    ...loaded.source,
    shapes: loaded.source.shapes.map((pod) => defaultPod(pod, context, () => undefined)),
  };
}

function checkArrangement(reading: VariantReading, spec: TraceSpec, at: Path): void {
  if (typeof spec.arrivals !== "object")
    for (const field of ["shuffle", "tune"] as const)
      if (spec[field] !== undefined && spec[field] !== false)
        reading.note([{ path: [...at, field], expected: "arrivals at a fixedRate with it", received: "" }]);
  if (spec.gpus !== undefined && spec.format !== "openb")
    reading.note([
      { path: [...at, "gpus"], expected: "format openb: other tables have no column for shares", received: "" },
    ]);
}
