// Configurations of Alibaba's GPU scheduler simulator: its plugin Open-Gpu-Share and one score plugin for each policy become GpuShare with
// that policy (docs/GPU.md), and its profile the one that pods ask for. Source: the example configurations of that simulator.
import { isMapping, type Mapping } from "../flatten.ts";

const POLICIES: Readonly<Record<string, string>> = {
  FGDScore: "FGD",
  BestFitScore: "BestFit",
  DotProductScore: "DotProd",
  GpuPackingScore: "GpuPacking",
  GpuClusteringScore: "GpuClustering",
  RandomScore: "Random",
};
const OTHERS = new Set(["Open-Gpu-Share", "Simon", "Open-Local"]);
const PROFILE = "simon-scheduler";
const isForeign = (name: string) => OTHERS.has(name) || POLICIES[name] !== undefined;

/** The configuration with this scheduler's plugin; null when it has none of that simulator's. */
export function withGpuShare(configuration: Mapping): Mapping | null {
  const profiles = Array.isArray(configuration["profiles"]) ? configuration["profiles"] : [];
  if (!profiles.some((profile) => isMapping(profile) && policyOf(profile) !== undefined)) return null;
  return {
    ...configuration,
    profiles: profiles.map((profile) => (isMapping(profile) ? translated(profile) : (profile as unknown))),
  };
}

function namesOf(set: unknown): readonly string[] {
  const enabled = isMapping(set) && Array.isArray(set["enabled"]) ? (set["enabled"] as readonly unknown[]) : [];
  return enabled.map((plugin) => (isMapping(plugin) ? String(plugin["name"]) : ""));
}

function policyOf({ plugins }: Mapping): string | undefined {
  const name = namesOf(isMapping(plugins) ? plugins["score"] : undefined).find(
    (plugin) => POLICIES[plugin] !== undefined,
  );
  return name === undefined ? undefined : POLICIES[name];
}

function translated(profile: Mapping): Mapping {
  const policy = policyOf(profile);
  const plugins = isMapping(profile["plugins"]) ? profile["plugins"] : {};
  if (policy === undefined) return profile;
  const points = Object.entries(plugins).map(([point, set]) => [point, withoutForeign(set)] as const);
  const own = Object.fromEntries(points.filter(([, set]) => Object.keys(set).length > 0));
  const config = Array.isArray(profile["pluginConfig"]) ? (profile["pluginConfig"] as readonly unknown[]) : [];
  const kept = config.filter((entry) => isMapping(entry) && !isForeign(String(entry["name"])));
  const enabled = [{ name: "GpuShare", weight: 1 }];
  return {
    ...profile,
    ...(profile["schedulerName"] === PROFILE ? { schedulerName: "default-scheduler" } : {}),
    // its policies are the only score
    plugins: { ...own, multiPoint: { enabled }, score: { disabled: [{ name: "*" }], enabled } },
    pluginConfig: [...kept, { name: "GpuShare", args: { policy } }],
  };
}

function withoutForeign(set: unknown): Mapping {
  if (!isMapping(set)) return {};
  const lists = ["enabled", "disabled"].flatMap((key) => {
    const list = Array.isArray(set[key]) ? (set[key] as readonly unknown[]) : [];
    const kept = list.filter((plugin) => !(isMapping(plugin) && isForeign(String(plugin["name"]))));
    return kept.length === 0 ? [] : [[key, kept] as const];
  });
  const found = Object.fromEntries(lists);
  // another binder was in the place of the default one
  return found["enabled"] === undefined && isMapping(set) && namesOf(set).some(isForeign) ? {} : found;
}
