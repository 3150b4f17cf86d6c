// What an import makes, while it is being made: Kubernetes objects, the parts of a scenario, files beside it, and remarks. Formats
// fill it one after the other, so that a dump, an experiment and measured rates can become one scenario.
import { DAY } from "../engine/tick.ts";
import type { ParsedDocument } from "../model/documents.ts";
import { located } from "../model/documents.ts";
import { ManifestCollector } from "../model/manifests.ts";
import type { KubernetesObject } from "../model/objects.ts";
import type { FileProblem, Path, Problem } from "../model/problem.ts";
import type { FileFault } from "../scenario/load-files.ts";
import { type Place, Remarks } from "./remarks.ts";
import type { Source } from "./source.ts";

/** A value somewhere in a document of the input. */
export interface Part {
  readonly document: ParsedDocument;
  readonly base: Path;
  readonly value: unknown;
}

export interface DraftFile {
  readonly name: string;
  readonly text: string;
}

/** What the command line says about what the input leaves open. */
export interface ImportOptions {
  /** Of the scenario; "" = made from the files. */
  readonly name: string;
  /** Nodes to add where the input has none; null = as many as it takes. */
  readonly nodes: number | null;
  readonly machine: Readonly<Record<string, unknown>>;
  readonly zones: readonly string[];
  /** Of a trace, only so many jobs or rows; null = all. */
  readonly first: number | null;
  /** Files that the input names, as they are found from the folder of the file that names them. */
  open(path: string, folder: string): readonly Source[] | FileFault;
}

/** What a container was measured to use on average. */
export interface Use {
  readonly namespace: string;
  readonly pod: string;
  /** "" = the pod as a whole. */
  readonly container: string;
  readonly what: "cpu-use" | "memory-use";
  /** CPUs, bytes. */
  readonly value: number;
}

/** No scenario lasts longer. */
const LONGEST = 20 * 366 * DAY;

export class Draft {
  readonly options: ImportOptions;
  readonly remarks = new Remarks();
  readonly problems: FileProblem[] = [];
  /** Objects of the input as they stand there. */
  readonly manifests = new ManifestCollector();
  /** Objects that the import makes itself, complete. */
  readonly made: KubernetesObject[] = [];
  /** Objects that come while the scenario runs: nodes must have room for them. */
  readonly later: KubernetesObject[] = [];
  readonly nodePools: unknown[] = [];
  readonly workload: unknown[] = [];
  readonly faults: Readonly<Record<string, unknown>>[] = [];
  readonly actions: Readonly<Record<string, unknown>>[] = [];
  /** Requests on Services. */
  readonly services: { readonly service: string; readonly rate: unknown }[] = [];
  readonly uses: Use[] = [];
  readonly expect: string[] = [];
  /** Ids of faults and actions. */
  readonly ids = new Set<string>();
  /** What each of them was in the input. */
  readonly causes = new Map<string, { readonly what: string; readonly object: string; readonly place: Place | null }>();
  /** Pods and workloads that something is to happen to. */
  readonly podTargets: {
    readonly namespace: string | null;
    readonly selector: string;
    readonly pods: readonly string[];
  }[] = [];
  readonly workloadTargets: {
    readonly kind: string;
    readonly namespace: string;
    readonly name: string;
    readonly replicas: number;
  }[] = [];
  /** By which nodes are selected. */
  readonly nodeSelectors: string[] = [];
  /** Environments of Litmus' ChaosExperiments by name: defaults of engines that may stand before them. */
  readonly litmusDefaults = new Map<string, Readonly<Record<string, unknown>>>();
  /** To be done when all of the input is read, in order. */
  readonly atEnd: (() => void)[] = [];
  /** When the next experiment begins; 0 = none has begun. */
  clockMicros = 0;
  readonly files: DraftFile[] = [];
  /** A KubeSchedulerConfiguration. */
  schedulerConfiguration: unknown = null;
  /** Further settings of `spec.cluster.controlPlane.scheduler`. */
  scheduler: Readonly<Record<string, unknown>> | null = null;
  description = "";
  /** The scenario lasts at least so long. */
  durationMicros = 0;
  /** It ends when nothing is left to happen, rather than at a time. */
  untilIdle = false;
  /** How long a trace goes on: for the distance of rows in reports. */
  traceSeconds = 0;
  /** Nodes come with a source of pods. */
  hasOtherNodes = false;
  /** Controllers do nothing in what is imported: pods come, run and go. */
  isTrace = false;

  constructor(options: ImportOptions) {
    this.options = options;
  }

  lasts(micros: number): void {
    this.durationMicros = Math.max(this.durationMicros, Math.min(Math.ceil(micros), LONGEST));
  }

  problem(part: Omit<Part, "value">, path: Path, expected: string, received: string): void {
    this.note(part, [{ path, expected, received }]);
  }

  note(part: Omit<Part, "value">, problems: readonly Problem[]): void {
    this.problems.push(...located(part.document, problems, part.base));
  }
}

/** Where a value of the part stands. */
export function placeOf({ document, base }: Omit<Part, "value">, path: Path = []): Place {
  return { file: document.file, ...document.locate([...base, ...path]) };
}
