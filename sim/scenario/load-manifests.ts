// Manifests from files, folders and patterns to the complete objects of a cluster: parsed, checked, with the defaults of
// the API server, and with the pods that controllers would have made. Used by scenarios and by `fit`.
import { withDefaults } from "../model/defaults.ts";
import { located } from "../model/documents.ts";
import { expandWorkloads } from "../model/expand.ts";
import { type IgnoredKind, ManifestCollector, type Manifests, type Origin } from "../model/manifests.ts";
import { type ClusterObjects, type KubernetesObject, noObjects } from "../model/objects.ts";
import type { FileProblem, Problem } from "../model/problem.ts";
import { InputFiles, isFault } from "./load-files.ts";
import type { InputFile } from "./plan.ts";

export interface LoadedManifests {
  /** Not to be used when there are problems. */
  readonly objects: ClusterObjects;
  readonly problems: readonly FileProblem[];
  readonly ignored: readonly IgnoredKind[];
  readonly warnings: readonly string[];
  readonly files: readonly InputFile[];
}

/**
 * Loads manifests given on a command line. Never throws.
 *
 * @param paths files, folders and patterns, relative to `folder`
 */
export function loadManifests(paths: readonly string[], folder = "."): LoadedManifests {
  const files = new InputFiles(folder);
  const collector = new ManifestCollector();
  const problems: FileProblem[] = [];
  for (const path of paths) {
    const fault = collect(collector, files, path);
    if (fault !== null) problems.push({ file: path, line: 1, column: 1, path: "", ...fault });
  }
  const manifests = collector.result();
  const complete = completeObjects(manifests, manifests.objects);
  return {
    objects: complete.objects,
    problems: [...problems, ...manifests.problems, ...complete.problems],
    ignored: manifests.ignored,
    warnings: [...manifests.warnings, ...complete.warnings],
    files: files.files(),
  };
}

/** Adds the files that one path means. Returns what is wrong with the path, if anything. */
export function collect(
  collector: ManifestCollector,
  files: InputFiles,
  path: string,
): { readonly expected: string; readonly received: string } | null {
  const found = files.manifestFiles(path);
  if (isFault(found)) return found;
  for (const name of found) {
    const file = files.text(name);
    if (isFault(file))
      return { expected: file.expected, received: `${file.received}${found.length > 1 ? ` in ${name}` : ""}` };
    collector.addText(file.text, file.name);
  }
  return null;
}

export interface CompleteObjects {
  readonly objects: ClusterObjects;
  /** Without what controllers would make of them. */
  readonly declared: ClusterObjects;
  readonly problems: readonly FileProblem[];
  readonly warnings: readonly string[];
}

/**
 * Defaults and the pods of workload objects.
 *
 * @param given the objects of the manifests, perhaps with more nodes
 */
export function completeObjects(manifests: Manifests, given: ClusterObjects): CompleteObjects {
  const problems: FileProblem[] = [];
  // defaults make new objects: they stand at the same place in the same list
  const originOf = new Map<object, Origin>(manifests.origins);
  const note = (object: KubernetesObject, problem: Problem): void => {
    const origin = originOf.get(object);
    if (origin !== undefined) problems.push(...located(origin.document, [problem], origin.base));
    else
      problems.push({
        file: object.metadata.name,
        line: 1,
        column: 1,
        path: "",
        expected: problem.expected,
        received: problem.received,
      });
  };
  const defaulted = withDefaults(given, note);
  for (const list of Object.keys(noObjects()) as (keyof ClusterObjects)[]) {
    defaulted[list].forEach((object, i) => {
      const origin = manifests.origins.get(given[list][i] as object);
      if (origin !== undefined) originOf.set(object, origin);
    });
  }
  const expansion = expandWorkloads(defaulted, note);
  return { objects: expansion.objects, declared: defaulted, problems, warnings: expansion.warnings };
}
