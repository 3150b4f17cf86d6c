// Chaos Mesh: experiments (PodChaos, NetworkChaos, IOChaos, StressChaos, TimeChaos, DNSChaos, HTTPChaos, AWSChaos …), Schedules that repeat
// them and Workflows that order them. Source: the CRDs of chaos-mesh.org/v1alpha1, 2.7.
import { HOUR, MINUTE } from "../../engine/tick.ts";
import { parseCron } from "../../model/cron.ts";
import type { Path } from "../../model/problem.ts";
import { UTC } from "../../model/time-zone.ts";
import { type Draft, type Part, placeOf } from "../draft.ts";
import { isMapping, type Mapping } from "../flatten.ts";
import type { ObjectFormat } from "../format.ts";
import { nameOf } from "../kubernetes/import-objects.ts";
import { applyChaosMesh } from "./chaos-mesh-kinds.ts";
import { checkUrl } from "./probes.ts";
import { microsOf } from "./selectors.ts";
import { nextStart, type Strike, type Timing } from "./strike.ts";

/** What an experiment without a duration takes when others come after it. */
const UNTIMED = MINUTE;

export const chaosMesh: ObjectFormat = {
  by: "object",
  name: "chaos-mesh",
  title: "Chaos Mesh",
  matches: (apiVersion) => apiVersion.startsWith("chaos-mesh.org/"),
  read(draft, part) {
    const object = part.value as Mapping;
    const kind = String(object["kind"]);
    const spec = isMapping(object["spec"]) ? object["spec"] : {};
    if (kind === "Schedule") readSchedule(draft, part, spec);
    else if (kind === "Workflow") readWorkflow(draft, part, spec);
    else if (
      kind === "WorkflowNode" ||
      kind.startsWith("PodNetwork") ||
      kind.startsWith("PodIO") ||
      kind.startsWith("PodHttp")
    )
      draft.remarks.noted(`${kind} (chaos-mesh.org)`, "Chaos Mesh's own record", nameOf(object), placeOf(part));
    else {
      const forMicros = durationOf(draft, part, spec, ["spec"]);
      strike(draft, part, kind, spec, { atMicros: nextStart(draft, forMicros ?? UNTIMED) }, forMicros, ["spec"]);
    }
  },
};

function strike(
  draft: Draft,
  part: Part,
  kind: string,
  spec: Mapping,
  timing: Timing,
  forMicros: number | null,
  path: Path,
): void {
  const object = part.value as Mapping;
  const metadata = isMapping(object["metadata"]) ? object["metadata"] : {};
  const action = spec["action"] === undefined ? "" : ` ${String(spec["action"])}`;
  const made: Strike = {
    name: String(metadata["name"] ?? kind),
    timing,
    forMicros,
    what: `${kind}${action}`,
    object: nameOf(object),
    place: placeOf(part, path),
  };
  applyChaosMesh(draft, made, kind, spec, String(metadata["namespace"] ?? "default"));
}

function durationOf(draft: Draft, part: Part, spec: Mapping, path: Path): number | null {
  const { duration } = spec as { readonly duration?: unknown };
  if (duration == null || duration === "") return null;
  const micros = microsOf(duration);
  if (micros === undefined)
    draft.problem(part, [...path, "duration"], "a duration such as 30s", JSON.stringify(duration));
  return micros ?? null;
}

/** `PodChaos` in a Schedule or Workflow stands under `podChaos`. */
function bodyOf(spec: Mapping, type: string): readonly [string, Mapping] | null {
  const field = Object.keys(spec).find((key) => key.toLowerCase() === type.toLowerCase());
  const body = field === undefined ? undefined : spec[field];
  return field !== undefined && isMapping(body) ? [field, body] : null;
}

// --- schedules ---

/** Of a schedule this much is played, at most so many times. */
const PLAYED = HOUR;
const MOST_TIMES = 30;

function readSchedule(draft: Draft, part: Part, spec: Mapping): void {
  const type = String(spec["type"] ?? "");
  const cron = String(spec["schedule"] ?? "");
  const schedule = parseCron(cron);
  if (typeof schedule === "string") {
    draft.problem(part, ["spec", "schedule"], `a cron schedule: ${schedule}`, JSON.stringify(cron));
    return;
  }
  const found = bodyOf(spec, type);
  if (found === null) {
    draft.problem(part, ["spec", "type"], "a kind of chaos with a field of its name", JSON.stringify(type));
    return;
  }
  const [field, body] = found;
  const path: Path = ["spec", field];
  const start = nextStart(draft, PLAYED);
  const times: number[] = [];
  // the first moment of a day is as good as any to begin at
  for (let at: number | null = 0; times.length < MOST_TIMES; ) {
    at = schedule.next(at, UTC);
    if (at === null || (at * 1_000_000 > PLAYED && times.length > 0)) break;
    times.push(at * 1_000_000);
  }
  const [first = 0, second] = times;
  const gap = second === undefined ? 0 : second - first;
  const isEven = times.length > 1 && times.every((time, i) => time === first + i * gap);
  const play = (timing: Timing) => {
    if (type === "Workflow") runTemplates(draft, part, body, path, timing.atMicros);
    else strike(draft, part, type, body, timing, durationOf(draft, part, body, path), path);
  };
  draft.remarks.assumed(
    "how long schedules run",
    `an hour of each, at most ${MOST_TIMES} times, from midnight on; one that begins later begins at once`,
    nameOf(part.value as Mapping),
    placeOf(part),
  );
  if (isEven && type !== "Workflow") {
    const atMicros = start + Math.min(first, gap);
    play({ atMicros, everyMicros: gap, untilMicros: start + PLAYED });
    return;
  }
  const shift = first > PLAYED ? first : 0;
  for (const time of times) play({ atMicros: start + time - shift });
}

// --- workflows ---

function readWorkflow(draft: Draft, part: Part, spec: Mapping): void {
  const start = nextStart(draft, 0);
  const end = runTemplates(draft, part, spec, ["spec"], start);
  draft.clockMicros = Math.max(draft.clockMicros, end + 3 * MINUTE);
  draft.lasts(draft.clockMicros);
}

const MOST_STEPS = 1000;

/** Plays a workflow. @returns when it is over */
function runTemplates(draft: Draft, part: Part, spec: Mapping, path: Path, start: number): number {
  const list = Array.isArray(spec["templates"]) ? (spec["templates"] as readonly unknown[]) : [];
  const templates = new Map<string, readonly [Mapping, Path]>();
  for (const [index, template] of list.entries())
    if (isMapping(template)) templates.set(String(template["name"]), [template, [...path, "templates", index]]);
  const entry = String(spec["entry"] ?? "");
  if (!templates.has(entry)) {
    draft.problem(part, [...path, "entry"], "the name of a template", JSON.stringify(entry));
    return start;
  }
  let steps = 0;
  const play = (name: string, at: number, open: readonly string[]): number => {
    const found = templates.get(name);
    steps++;
    if (found === undefined || open.includes(name) || steps > MOST_STEPS) {
      const what = found === undefined ? "the name of a template" : "templates that come to an end";
      draft.problem(part, path, what, JSON.stringify(name));
      return at;
    }
    const [template, where] = found;
    const type = String(template["templateType"] ?? "");
    const deadline = microsOf(template["deadline"]);
    const children = Array.isArray(template["children"]) ? template["children"].map(String) : [];
    switch (type) {
      case "Serial":
        return children.reduce((time, child) => play(child, time, [...open, name]), at);
      case "Parallel":
        return Math.max(at, ...children.map((child) => play(child, at, [...open, name])));
      case "Suspend":
        return at + (deadline ?? 0);
      case "StatusCheck":
        statusCheck(draft, part, template, where);
        return at + (deadline ?? 0);
      case "Task":
        draft.remarks.leftOut(
          "Workflow Task",
          "no container runs, and branches that depend on it are not taken",
          name,
          placeOf(part, where),
        );
        return at + (deadline ?? 0);
      case "Schedule": {
        draft.remarks.leftOut("Workflow Schedule", "a schedule inside of a workflow", name, placeOf(part, where));
        return at + (deadline ?? 0);
      }
      default: {
        const body = bodyOf(template, type);
        if (body === null) {
          draft.problem(part, where, `a field of the name ${type}`, "");
          return at;
        }
        const own = durationOf(draft, part, body[1], [...where, body[0]]);
        const forMicros = own ?? deadline ?? null;
        strike(draft, part, type, body[1], { atMicros: at }, forMicros, [...where, body[0]]);
        return at + (deadline ?? forMicros ?? UNTIMED);
      }
    }
  };
  return play(entry, start, []);
}

function statusCheck(draft: Draft, part: Part, template: Mapping, path: Path): void {
  const check = isMapping(template["statusCheck"]) ? template["statusCheck"] : {};
  const http = isMapping(check["http"]) ? check["http"] : {};
  checkUrl(draft, String(http["url"] ?? ""), "Workflow StatusCheck", placeOf(part, path), "never");
}
