// Loads the scheduler plugins that a user wrote: JavaScript or TypeScript files named in the scheduler configuration. Every
// thread loads them for itself, since functions cannot be sent to one; the plan carries only the file names.
// TypeScript is stripped of its types, not compiled: enums, namespaces and parameter properties are refused by the stripper.
import { readFileSync } from "node:fs";
import { register } from "node:module";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { SimulateOptions } from "../cluster.ts";
import type { PluginRef, SchedulerConfiguration } from "../model/scheduler-configuration.ts";

type CustomPlugins = NonNullable<SimulateOptions["customPlugins"]>;
type PluginFactory = CustomPlugins extends ReadonlyMap<string, infer F> ? F : never;
type Plugin = ReturnType<PluginFactory>;

/** A plugin file that is missing, cannot be read as a module, or does not hold a plugin. For the user to mend. */
export class PluginLoadError extends Error {
  override readonly name = "PluginLoadError";
}

/** The methods of a plugin; all are optional, but what is there must be a function. */
const METHODS: readonly (keyof Plugin)[] = [
  "preEnqueue",
  "less",
  "preFilter",
  "addPod",
  "removePod",
  "filter",
  "postFilter",
  "preScore",
  "score",
  "normalizeScore",
  "reserve",
  "unreserve",
  "signPod",
];

/**
 * The factories of all custom plugins of a plan, by their names in the configuration.
 *
 * @param folder where relative file names start; default: the working directory
 * @throws PluginLoadError for the first file that holds no plugin
 */
export async function loadCustomPlugins(
  plan: { readonly scheduler: { readonly configuration: SchedulerConfiguration } },
  folder: string = process.cwd(),
): Promise<CustomPlugins> {
  const factories = new Map<string, PluginFactory>();
  for (const { name, file } of customPluginsOf(plan.scheduler.configuration)) {
    if (!factories.has(name)) factories.set(name, await loadPlugin(resolve(folder, file)));
  }
  return factories;
}

/** The custom plugins that a configuration enables, at whatever extension point. */
export function customPluginsOf(
  configuration: SchedulerConfiguration,
): readonly (PluginRef & { readonly file: string })[] {
  const isCustom = (ref: PluginRef): ref is PluginRef & { readonly file: string } => ref.file !== null;
  return configuration.profiles.flatMap((profile) =>
    [profile.multiPoint, ...Object.values(profile.points)].flatMap((set) => set.enabled.filter(isCustom)),
  );
}

/**
 * Loads one file. It must export a factory `(args, handle) => plugin`, as `plugin` or by default.
 *
 * @throws PluginLoadError
 */
export async function loadPlugin(path: string): Promise<PluginFactory> {
  if (path.endsWith(".ts")) acceptTypeScript();
  let module: { readonly plugin?: unknown; readonly default?: unknown };
  try {
    // a clear message for what is simply not there; the import's own names internals
    readFileSync(path);
    module = await import(pathToFileURL(path).href);
  } catch (error) {
    throw new PluginLoadError(`scheduler plugin ${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
  const factory = module.plugin ?? module.default;
  if (typeof factory !== "function") {
    throw new PluginLoadError(`scheduler plugin ${path}: exports no function named plugin, and none by default`);
  }
  return (args, handle) => {
    const make = () => (factory as PluginFactory)(args, handle);
    return guarded(checked(blaming(path, "the factory", make), path), path);
  };
}

/** The plugin, with its own mistakes under its own name: an exception in it is not a fault of the simulator. */
function guarded(plugin: Plugin, path: string): Plugin {
  const methods = plugin as unknown as Readonly<Record<string, ((...args: readonly unknown[]) => unknown) | undefined>>;
  const made = Object.create(plugin) as Record<string, unknown>;
  for (const name of METHODS) {
    const method = methods[name];
    if (method === undefined) continue;
    // the plugin's own object is `this`, which may be frozen or have private fields
    made[name] = (...args: readonly unknown[]) => blaming(path, name, () => method.apply(plugin, [...args]));
  }
  return made as unknown as Plugin;
}

function blaming<T>(path: string, what: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    if (error instanceof PluginLoadError) throw error;
    throw new PluginLoadError(
      `scheduler plugin ${path}: ${what} failed: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function checked(plugin: unknown, path: string): Plugin {
  const wrong = (what: string) => new PluginLoadError(`scheduler plugin ${path}: ${what}`);
  if (typeof plugin !== "object" || plugin === null) throw wrong("the factory returned no object");
  const made = plugin as Partial<Record<string, unknown>>;
  if (typeof made.name !== "string" || made.name === "") throw wrong("the plugin has no name");
  for (const method of METHODS) {
    if (made[method] !== undefined && typeof made[method] !== "function") throw wrong(`${method} is not a function`);
  }
  return plugin as Plugin;
}

let accepting = false;

/** Node 22.18 and later read TypeScript by themselves; before, a hook strips the types. */
function acceptTypeScript(): void {
  if (accepting || (process.features as { readonly typescript?: unknown }).typescript) return;
  accepting = true;
  register("./strip-types.js", import.meta.url);
}
