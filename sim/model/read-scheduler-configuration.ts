// From a KubeSchedulerConfiguration object, as parsed from YAML or JSON, to the typed configuration. All mistakes are
// noted at once. Settings of the scheduler's process that cannot change a decision (leader election, ports …) are passed over.

import { PLUGIN_NEEDS, PLUGIN_POINTS } from "./plugin-points.ts";
import { nearest, type Path, type Problem } from "./problem.ts";
import { Reader } from "./reader.ts";
import {
  DEFAULT_PLUGINS,
  DEFAULT_SCHEDULER_NAME,
  EXTENSION_POINTS,
  type ExtensionPoint,
  isPluginFile,
  mergePluginSet,
  OPTIONAL_PLUGINS,
  type PluginRef,
  type PluginSet,
  pluginsAt,
  type SchedulerConfiguration,
  type SchedulerProfile,
} from "./scheduler-configuration.ts";
import {
  ARGUMENT_READERS,
  type KnownArguments,
  OPTIONAL_ARGUMENT_READERS,
  type OptionalArguments,
  type PluginArguments,
} from "./scheduler-plugin-args.ts";

export interface SchedulerConfigurationResult {
  /** Complete also when there are problems, but then not to be used. */
  readonly configuration: SchedulerConfiguration;
  readonly problems: readonly Problem[];
  /** Files of custom plugins with the place where each is named. */
  readonly pluginFiles: readonly { readonly file: string; readonly path: Path }[];
}

const API_VERSION = "kubescheduler.config.k8s.io/v1";
const INT32_MAX = 2_147_483_647;
const NO_PLUGINS: PluginSet = { enabled: [], disabled: [] };
const PROCESS_FIELDS = [
  "leaderElection",
  "clientConnection",
  "enableProfiling",
  "enableContentionProfiling",
  "delayCacheUntilActive",
  "healthzBindAddress",
  "metricsBindAddress",
] as const;

/** The configuration of a scheduler that is given none. */
export function defaultSchedulerConfiguration(): SchedulerConfiguration {
  return readSchedulerConfiguration({ apiVersion: API_VERSION, kind: "KubeSchedulerConfiguration" }).configuration;
}

/** Reads and checks a configuration object. Never throws. */
export function readSchedulerConfiguration(document: unknown): SchedulerConfigurationResult {
  const problems: Problem[] = [];
  const root = new Reader(document, problems);
  root.mapping(true);
  if (root.field("kind").value !== "KubeSchedulerConfiguration")
    root.field("kind").expected("KubeSchedulerConfiguration");
  if (root.field("apiVersion").value !== API_VERSION) root.field("apiVersion").expected(API_VERSION);
  root.only([
    "apiVersion",
    "kind",
    "parallelism",
    "percentageOfNodesToScore",
    "podInitialBackoffSeconds",
    "podMaxBackoffSeconds",
    "profiles",
    "extenders",
    ...PROCESS_FIELDS,
  ]);
  if (root.field("extenders").items().length > 0)
    root.field("extenders").expected("no extenders: they are not supported");

  const podInitialBackoffSeconds = root.field("podInitialBackoffSeconds").integer(1, INT32_MAX) ?? 1;
  const podMaxBackoffSeconds = root.field("podMaxBackoffSeconds").integer(1, INT32_MAX) ?? 10;
  if (podMaxBackoffSeconds < podInitialBackoffSeconds) {
    root.field("podMaxBackoffSeconds").expected(`at least podInitialBackoffSeconds, ${podInitialBackoffSeconds}`);
  }
  const pluginFiles: { file: string; path: Path }[] = [];
  const profiles = root.field("profiles").items();
  const names = new Set<string>();
  const read = (profiles.length > 0 ? profiles : [new Reader({}, problems)]).map((profile, index) => {
    const result = readProfile(profile, profiles.length > 1, pluginFiles);
    if (names.has(result.schedulerName))
      profiles[index]?.field("schedulerName").expected("a name that no other profile has");
    names.add(result.schedulerName);
    return result;
  });
  sameQueueSort(read, profiles);
  return {
    configuration: {
      parallelism: root.field("parallelism").integer(1, INT32_MAX) ?? 16,
      percentageOfNodesToScore: root.field("percentageOfNodesToScore").integer(0, 100) ?? 0,
      podInitialBackoffSeconds,
      podMaxBackoffSeconds,
      profiles: read,
    },
    problems,
    pluginFiles,
  };
}

function readProfile(profile: Reader, nameRequired: boolean, files: { file: string; path: Path }[]): SchedulerProfile {
  profile.mapping(true);
  profile.only(["schedulerName", "percentageOfNodesToScore", "plugins", "pluginConfig"]);
  const name = profile.field("schedulerName");
  const plugins = profile.field("plugins");
  plugins.mapping();
  plugins.only(["multiPoint", ...EXTENSION_POINTS]);
  const sets = new Map(EXTENSION_POINTS.map((point) => [point, readPluginSet(plugins.field(point), files, point)]));
  const own = Object.fromEntries(EXTENSION_POINTS.map((point) => [point, sets.get(point) ?? NO_PLUGINS]));
  const multiPoint = mergePluginSet(DEFAULT_PLUGINS, readPluginSet(plugins.field("multiPoint"), files));
  const result: SchedulerProfile = {
    schedulerName: (nameRequired ? name.requiredText() : name.text()) || DEFAULT_SCHEDULER_NAME,
    percentageOfNodesToScore: profile.field("percentageOfNodesToScore").integer(0, 100) ?? null,
    multiPoint,
    points: own as SchedulerProfile["points"],
    args: readArguments(profile.field("pluginConfig")),
  };
  completeParts(result, plugins);
  return result;
}

function completeParts(profile: SchedulerProfile, plugins: Reader): void {
  const enabledAt = (point: ExtensionPoint) =>
    new Set(
      pluginsAt(profile, point, (name) => PLUGIN_POINTS.get(name)?.includes(point) ?? false).map((ref) => ref.name),
    );
  for (const { earlier, later, plugins: names } of PLUGIN_NEEDS) {
    const [before, after] = [enabledAt(earlier), enabledAt(later)];
    for (const name of names) {
      if (!after.has(name) || before.has(name)) continue;
      plugins.field(earlier).expected(`${name} not to be disabled, for its ${later} reads what its ${earlier} finds`);
    }
  }
}

function readPluginSet(set: Reader, files: { file: string; path: Path }[], point?: ExtensionPoint): PluginSet {
  if (!set.mapping()) return NO_PLUGINS;
  set.only(["enabled", "disabled"]);
  const seen = new Set<string>();
  const enabled = set
    .field("enabled")
    .items()
    .map((item): PluginRef => {
      item.mapping(true);
      item.only(["name", "weight"]);
      const name = item.field("name").requiredText() ?? "";
      const isFile = isPluginFile(name);
      if (name !== "" && !isFile) known(item.field("name"), name);
      const points = PLUGIN_POINTS.get(name);
      if (point !== undefined && points?.includes(point) === false)
        item.field("name").expected(`a plugin that extends ${point}; ${name} extends ${points.join(", ")}`);
      if (isFile) files.push({ file: name, path: item.field("name").path });
      if (name !== "" && seen.has(name)) item.field("name").expected("a plugin that is not enabled twice");
      seen.add(name);
      return { name, weight: item.field("weight").integer(0, INT32_MAX) ?? 0, file: isFile ? name : null };
    });
  const disabled = set
    .field("disabled")
    .items()
    .map((item) => {
      item.mapping(true);
      item.only(["name", "weight"]);
      return item.field("name").requiredText() ?? "";
    });
  return { enabled, disabled };
}

const PLUGIN_NAMES: readonly string[] = [...DEFAULT_PLUGINS.map((p) => p.name), ...OPTIONAL_PLUGINS];

function known(field: Reader, name: string): void {
  if (PLUGIN_NAMES.includes(name)) return;
  const near = nearest(name, PLUGIN_NAMES);
  field.expected(
    near === undefined
      ? "a plugin of kube-scheduler, or the file of a custom plugin such as ./my-plugin.ts"
      : `a plugin of kube-scheduler; did you mean ${near}?`,
  );
}

function readArguments(list: Reader): PluginArguments {
  const given = new Map<string, Reader>();
  for (const item of list.items()) {
    item.mapping(true);
    item.only(["name", "args"]);
    const name = item.field("name").requiredText();
    if (name === undefined) continue;
    if (given.has(name)) item.field("name").expected("a plugin that is not configured twice");
    if (!isPluginFile(name)) known(item.field("name"), name);
    const args = item.field("args");
    args.mapping();
    const kind = args.field("kind");
    const isKnown = Object.hasOwn(ARGUMENT_READERS, name) || Object.hasOwn(OPTIONAL_ARGUMENT_READERS, name);
    if (isKnown && kind.present && kind.value !== `${name}Args`) kind.expected(`${name}Args`);
    given.set(name, args);
  }
  const nothing = new Reader(undefined, []);
  const result: Record<string, Readonly<Record<string, unknown>>> = {};
  for (const name of Object.keys(ARGUMENT_READERS) as (keyof KnownArguments)[]) {
    result[name] = ARGUMENT_READERS[name](given.get(name) ?? nothing);
  }
  for (const name of Object.keys(OPTIONAL_ARGUMENT_READERS) as (keyof OptionalArguments)[]) {
    const args = given.get(name);
    if (args !== undefined) result[name] = OPTIONAL_ARGUMENT_READERS[name](args);
  }
  for (const [name, args] of given) {
    if (!Object.hasOwn(result, name)) result[name] = (args.value ?? {}) as Readonly<Record<string, unknown>>;
  }
  return result as PluginArguments;
}

// upstream: one queue serves all profiles
function sameQueueSort(read: readonly SchedulerProfile[], profiles: readonly Reader[]): void {
  const sorter = (p: SchedulerProfile) => JSON.stringify(p.points.queueSort);
  read.forEach((profile, index) => {
    if (index > 0 && sorter(profile) !== sorter(read[0]!)) {
      profiles[index]?.field("plugins").field("queueSort").expected("the same queueSort plugin in all profiles");
    }
  });
}
