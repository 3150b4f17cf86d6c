// The pod that a workload source stamps out: a Pod, or the template of a workload object, from a file or written out in
// the scenario.
import { checkObject } from "../model/check-objects.ts";
import { located, type ParsedDocument, parseDocuments } from "../model/documents.ts";
import { knownKind } from "../model/kinds.ts";
import type { CronJob, Job, Pod, PodTemplateSpec, Workload } from "../model/objects.ts";
import type { FileProblem, Path, Problem } from "../model/problem.ts";
import { shown } from "../model/problem.ts";
import { Reader } from "../model/reader.ts";
import { type InputFiles, isFault } from "./load-files.ts";

/** A shape and where it stands, or what is wrong with it. */
export interface LoadedShape {
  /** Without defaults; its name is the base for the names of pods. null when there are problems. */
  readonly pod: Pod | null;
  readonly problems: readonly FileProblem[];
  readonly document: ParsedDocument;
  /** Where the pod's spec stands in the document. */
  readonly specPath: Path;
}

/** Loads the shape at `path` of the scenario: text is a file name, a mapping is the pod itself. */
export function loadShape(value: unknown, scenario: ParsedDocument, path: Path, files: InputFiles): LoadedShape {
  const failed = (problems: readonly FileProblem[]): LoadedShape => ({
    pod: null,
    problems,
    document: scenario,
    specPath: path,
  });
  if (typeof value !== "string") return shapeOf(value, scenario, path, true);
  const file = files.text(value);
  if (isFault(file)) return failed(located(scenario, [{ path, expected: file.expected, received: file.received }]));
  const parsed = parseDocuments(file.text, file.name);
  if (parsed.problems.length > 0) return failed(parsed.problems);
  const documents = parsed.documents.filter((document) => document.value != null);
  const [only] = documents;
  if (only !== undefined && documents.length === 1) return shapeOf(only.value, only, [], false);
  const expected = `one pod or workload object in ${file.name}`;
  return failed(located(scenario, [{ path, expected, received: `${documents.length} documents` }]));
}

function shapeOf(value: unknown, document: ParsedDocument, base: Path, inline: boolean): LoadedShape {
  const problems: Problem[] = [];
  const object = new Reader(value, problems);
  // written out in a scenario, a pod needs no apiVersion, kind and name
  const kind = object.field("kind").value ?? (inline ? "Pod" : undefined);
  const apiVersion = object.field("apiVersion").value ?? (kind === "Pod" && inline ? "v1" : undefined);
  const known = typeof kind === "string" && typeof apiVersion === "string" ? knownKind(apiVersion, kind) : undefined;
  const templatePath = known === undefined ? undefined : TEMPLATE_PATHS[known.list];
  if (!object.mapping(true) || known === undefined || templatePath === undefined) {
    if (problems.length === 0) {
      const expected = "a Pod, Deployment, ReplicaSet, StatefulSet, DaemonSet, Job, CronJob or ReplicationController";
      problems.push({
        path: [],
        expected,
        received: kind === undefined ? shown(value) : `${shown(apiVersion)} ${shown(kind)}`,
      });
    }
    return { pod: null, problems: located(document, problems, base), document, specPath: base };
  }
  const named = withName(value as Pod, inline);
  checkObject(known.list, new Reader(named, problems));
  const template = templateOf(named, known.list);
  if (template == null && problems.length === 0) object.expected("an object with a pod template");
  const { metadata } = named;
  const pod: Pod | null =
    template == null || problems.length > 0
      ? null
      : {
          apiVersion: "v1",
          kind: "Pod",
          metadata: {
            name: metadata.name ?? metadata.generateName?.replace(/-+$/, "") ?? "pod",
            ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
            labels: template.metadata?.labels ?? {},
            ...(template.metadata?.annotations === undefined ? {} : { annotations: template.metadata.annotations }),
          },
          spec: template.spec,
        };
  return { pod, problems: located(document, problems, base), document, specPath: [...base, ...templatePath, "spec"] };
}

const TEMPLATE_PATHS: Readonly<Record<string, Path>> = {
  pods: [],
  deployments: ["spec", "template"],
  replicaSets: ["spec", "template"],
  statefulSets: ["spec", "template"],
  daemonSets: ["spec", "template"],
  replicationControllers: ["spec", "template"],
  jobs: ["spec", "template"],
  cronJobs: ["spec", "jobTemplate", "spec", "template"],
};

function templateOf(object: Pod | Workload | Job | CronJob, list: string): PodTemplateSpec | null | undefined {
  if (list === "pods") return object as Pod;
  if (list === "cronJobs") return (object as CronJob).spec?.jobTemplate?.spec?.template;
  return (object as Workload).spec?.template;
}

function withName(object: Pod, inline: boolean): Pod {
  if (!inline) return object;
  const metadata: unknown = object.metadata ?? {};
  if (typeof metadata !== "object" || metadata === null || Array.isArray(metadata)) return object;
  return {
    ...object,
    metadata: { ...(metadata as Pod["metadata"]), name: (metadata as Pod["metadata"]).name ?? "pod" },
  };
}
