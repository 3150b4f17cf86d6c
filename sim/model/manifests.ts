// Kubernetes manifests as people have them (files of many documents, lists, kubectl dumps, Helm and Kustomize output) to
// typed objects by kind. Pure: text comes in, nothing is read from a disk. Every object is checked for the fields that the
// simulator reads; kinds that it does not read are counted, never silently dropped.
import { checkObject } from "./check-objects.ts";
import { located, type ParsedDocument, parseDocuments } from "./documents.ts";
import { nameSuffix } from "./identity.ts";
import { knownKind } from "./kinds.ts";
import { type ClusterObjects, type KubernetesObject, noObjects } from "./objects.ts";
import { type FileProblem, type Path, type Problem, shown } from "./problem.ts";
import { Reader } from "./reader.ts";

/** Objects of a kind that the simulator does not read. */
export interface IgnoredKind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly count: number;
  /** file:line of the first of them. */
  readonly first: string;
}

/** Where an object came from, for problems that only show when all objects are together. */
export interface Origin {
  readonly document: ParsedDocument;
  readonly base: Path;
}

export interface Manifests {
  /** As they stand in the files, without defaults; only metadata that nothing reads is left out. */
  readonly objects: ClusterObjects;
  readonly ignored: readonly IgnoredKind[];
  readonly problems: readonly FileProblem[];
  readonly warnings: readonly string[];
  readonly origins: ReadonlyMap<object, Origin>;
}

/** Reads several texts as one set of manifests. */
export function parseManifests(files: readonly { readonly name: string; readonly text: string }[]): Manifests {
  const collector = new ManifestCollector();
  for (const file of files) collector.addText(file.text, file.name);
  return collector.result();
}

/** Takes up documents one after the other, in the order in which the objects are to stand. */
export class ManifestCollector {
  private readonly objects = noObjects();
  private readonly problems: FileProblem[] = [];
  private readonly warnings: string[] = [];
  private readonly origins = new Map<object, Origin>();
  private readonly ignored = new Map<string, { apiVersion: string; kind: string; count: number; first: string }>();
  private readonly byName = new Map<string, KubernetesObject>();

  addText(text: string, file: string): void {
    const parsed = parseDocuments(text, file);
    this.problems.push(...parsed.problems);
    for (const document of parsed.documents) this.addDocument(document);
  }

  addDocument(document: ParsedDocument): void {
    if (document.value != null) this.add({ document, base: [] }, document.value, "", "");
  }

  /** Adds an object, or a list of them, that stands inside of another document. */
  addPart(document: ParsedDocument, base: Path, value: unknown): void {
    if (value != null) this.add({ document, base }, value, "", "");
  }

  result(): Manifests {
    return {
      objects: this.objects,
      ignored: [...this.ignored.values()],
      problems: this.problems,
      warnings: this.warnings,
      origins: this.origins,
    };
  }

  // items of a typed list (PodList) may leave out what the list's kind says
  private add(origin: Origin, value: unknown, listVersion: string, listItemKind: string): void {
    const problems: Problem[] = [];
    const object = new Reader(value, problems);
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) if (item != null) this.add(at(origin, index), item, "", "");
      return;
    }
    const apiVersion =
      (listVersion !== "" && !object.field("apiVersion").present
        ? listVersion
        : object.field("apiVersion").requiredText()) ?? "";
    const kind =
      (listItemKind !== "" && !object.field("kind").present ? listItemKind : object.field("kind").requiredText()) ?? "";
    if (!object.mapping()) {
      this.note(origin, [
        { path: [], expected: "a Kubernetes object with apiVersion and kind", received: shown(value) },
      ]);
    } else if (problems.length > 0) {
      this.note(origin, problems);
    } else if (kind.endsWith("List") && Array.isArray(object.field("items").value)) {
      this.addList(origin, object, apiVersion, kind);
    } else {
      this.addObject(origin, object, problems, apiVersion, kind);
    }
  }

  private addList(origin: Origin, list: Reader, apiVersion: string, kind: string): void {
    const items = list.field("items").value as readonly unknown[];
    const itemKind = kind === "List" ? "" : kind.slice(0, -"List".length);
    for (const [index, item] of items.entries()) {
      this.add(
        { document: origin.document, base: [...origin.base, "items", index] },
        item,
        itemKind === "" ? "" : apiVersion,
        itemKind,
      );
    }
  }

  private addObject(origin: Origin, object: Reader, problems: Problem[], apiVersion: string, kind: string): void {
    const known = knownKind(apiVersion, kind);
    if (known === undefined) {
      this.ignore(origin, apiVersion, kind);
      return;
    }
    checkObject(known.list, object);
    if (problems.length > 0) {
      this.note(origin, problems);
      return;
    }
    const list: KubernetesObject[] = this.objects[known.list];
    const kept = withoutNoise(object.value as KubernetesObject, apiVersion, kind, list.length);
    const identity = `${kind} ${known.namespaced ? `${kept.metadata.namespace || "default"}/` : ""}${kept.metadata.name}`;
    const before = this.byName.get(identity);
    if (before !== undefined) {
      this.noteDuplicate(origin, identity, before, kept);
      return;
    }
    this.byName.set(identity, kept);
    this.origins.set(kept, origin);
    list.push(kept);
  }

  private ignore(origin: Origin, apiVersion: string, kind: string): void {
    const key = `${apiVersion} ${kind}`;
    const entry = this.ignored.get(key);
    if (entry !== undefined) entry.count++;
    else this.ignored.set(key, { apiVersion, kind, count: 1, first: place(origin) });
  }

  private noteDuplicate(origin: Origin, identity: string, before: KubernetesObject, again: KubernetesObject): void {
    const first = this.origins.get(before);
    const where = first === undefined ? "" : ` at ${place(first)}`;
    if (JSON.stringify(before) === JSON.stringify(again)) {
      // warnings go into reports, which must not depend on the folder that the files were opened from
      const there = first === undefined ? "" : ` at ${withoutFolder(place(first))}`;
      this.warnings.push(
        `${withoutFolder(place(origin))}: ${identity} stands here once more, as${there}; it is taken once`,
      );
    } else {
      const expected = `no second ${identity}: another one is${where === "" ? " in these files" : where}`;
      this.note(origin, [{ path: ["metadata", "name"], expected, received: "" }]);
    }
  }

  private note(origin: Origin, problems: readonly Problem[]): void {
    this.problems.push(...located(origin.document, problems, origin.base));
  }
}

function at(origin: Origin, index: number): Origin {
  return { document: origin.document, base: [...origin.base, index] };
}

function withoutFolder(place: string): string {
  return place.slice(place.lastIndexOf("/") + 1);
}

/** file:line of an object. */
export function place(origin: Origin): string {
  return `${origin.document.file}:${origin.document.locate(origin.base).line}`;
}

const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

// field management and kubectl's copy of the object can be most of a dump, and nothing reads them
function withoutNoise(object: KubernetesObject, apiVersion: string, kind: string, index: number): KubernetesObject {
  const {
    managedFields: _,
    annotations,
    name,
    ...rest
  } = object.metadata as KubernetesObject["metadata"] & { managedFields?: unknown };
  const kept = Object.entries(annotations ?? {}).filter(([key]) => key !== LAST_APPLIED);
  const generated = `${rest.generateName ?? ""}${nameSuffix(`${rest.generateName}/${index}`, 5)}`;
  return {
    ...object,
    apiVersion,
    kind,
    metadata: {
      ...rest,
      name: name ?? generated,
      ...(kept.length > 0 ? { annotations: Object.fromEntries(kept) } : {}),
    },
  };
}
