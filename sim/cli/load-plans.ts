// From what stands on the command line to plans: scenario files, or manifests with a node pool given by options. Every
// mistake of every file is shown, each with file:line:column, and nothing runs.
import { resolve } from "node:path";
import type { FileProblem } from "../model/problem.ts";
import { loadScenario, loadScenarioText } from "../scenario/load.ts";
import { InputFiles, isFault, nameFromFile } from "../scenario/load-files.ts";
import type { Plan } from "../scenario/plan.ts";
import { InputError } from "./failure.ts";
import { COMMAND_LINE, formatProblems } from "./problems.ts";

/** The options that describe a cluster and change a scenario. */
export interface InputOptions {
  readonly files: readonly string[];
  /** `path=value`, below spec. */
  readonly set?: readonly string[];
  /** File of a KubeSchedulerConfiguration. */
  readonly config?: string;
  readonly nodes?: number;
  readonly machine?: string;
  readonly zones?: string;
  /** For manifests alone: sources of pods. */
  readonly workload?: readonly object[];
}

/** @throws InputError with all problems */
export function loadPlans(options: InputOptions): readonly Plan[] {
  const overrides = overridesOf(options.set ?? []);
  if (options.config !== undefined) {
    // as an absolute path: other paths of a scenario are relative to its own folder
    overrides.push({ path: "cluster.controlPlane.schedulerConfiguration", value: resolve(options.config) });
  }
  const scenarios = options.files.filter(isScenario);
  const loaded =
    scenarios.length === 0
      ? [loadScenarioText(JSON.stringify(manifestScenario(options)), COMMAND_LINE, process.cwd(), overrides)]
      : scenarios.map((file) => loadScenario(file, overrides));
  if (scenarios.length > 0) {
    const other = options.files.find((file) => !scenarios.includes(file));
    if (other !== undefined) throw new InputError(`${other} is not a scenario: give scenarios or manifests, not both`);
    if (options.nodes !== undefined) throw new InputError("--nodes goes with manifests; a scenario has nodePools");
  }
  const problems: FileProblem[] = loaded.flatMap((scenario) => scenario.problems);
  if (problems.length > 0) throw new InputError(formatProblems(problems));
  return loaded.flatMap((scenario) => scenario.plans);
}

/** Values set from outside. @throws InputError */
export function overridesOf(set: readonly string[]) {
  return set.map(parseOverride);
}

/** `a.b[0]=value`; the value is JSON where it reads as JSON, else text. */
function parseOverride(text: string): { readonly path: string; readonly value: unknown } {
  const at = text.indexOf("=");
  if (at <= 0) throw new InputError(`--set ${text}: expected path=value, such as cluster.nodePools[0].count=5`);
  const value = text.slice(at + 1);
  try {
    return { path: text.slice(0, at), value: JSON.parse(value) as unknown };
  } catch {
    return { path: text.slice(0, at), value };
  }
}

// read as the loader reads it: a scenario may be gzipped, or UTF-16 as some shells write it
export function isScenario(name: string): boolean {
  const file = new InputFiles(".").text(name);
  // a folder, a pattern, or missing: the loader of manifests says which
  if (isFault(file)) return /scenario[^/]*\.ya?ml$/i.test(name);
  return (
    /^\s*["']?kind["']?\s*:\s*["']?Scenario\b/m.test(file.text) ||
    /^\s*["']?apiVersion["']?\s*:\s*["']?kubedrill\//m.test(file.text)
  );
}

/** A scenario as a person would write it for these manifests: one node pool, until nothing is left to happen. */
function manifestScenario(options: InputOptions): unknown {
  const nodePools =
    options.nodes === undefined
      ? undefined
      : [
          {
            name: "node",
            count: options.nodes,
            machine: parseMachine(options.machine),
            ...(options.zones ? { zones: options.zones.split(",") } : {}),
          },
        ];
  if (nodePools === undefined && (options.machine !== undefined || options.zones !== undefined)) {
    throw new InputError("--machine and --zones describe the nodes of --nodes N");
  }
  return {
    apiVersion: "kubedrill/v1alpha1",
    kind: "Scenario",
    metadata: { name: nameFromFile(options.files[0] ?? "manifests") },
    spec: {
      until: "idle",
      ...(options.workload === undefined ? {} : { workload: options.workload }),
      cluster: { ...(nodePools === undefined ? {} : { nodePools }), manifests: options.files },
    },
  };
}

const MACHINE_FIELDS: Readonly<Record<string, string>> = {
  cpu: "cpu",
  memory: "memory",
  pods: "pods",
  gpu: "gpu",
  "ephemeral-storage": "ephemeralStorage",
};

/** `cpu=16,memory=64Gi,gpu=4`; names with a slash are extended resources. */
export function parseMachine(text: string | undefined): unknown {
  if (text === undefined) throw new InputError("--nodes needs --machine, such as --machine cpu=16,memory=64Gi");
  const machine: Record<string, unknown> = {};
  const extended: Record<string, string> = {};
  for (const part of text.split(",")) {
    const [name = "", value = ""] = part.split("=");
    const field = MACHINE_FIELDS[name];
    if (value === "" || (field === undefined && !name.includes("/"))) {
      throw new InputError(
        `--machine ${text}: expected cpu=…,memory=… and pods, gpu, ephemeral-storage or vendor/resource; got ${part}`,
      );
    }
    if (field === undefined) extended[name] = value;
    else machine[field] = field === "pods" || field === "gpu" ? Number(value) : value;
  }
  return Object.keys(extended).length > 0 ? { ...machine, extended } : machine;
}
