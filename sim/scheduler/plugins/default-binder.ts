// DefaultBinder: names the node in the API. The write itself is the work of scheduler/process.ts, which knows the API server;
// this entry makes the plugin known to configurations.
import type { PluginFactory } from "../framework.ts";

export const defaultBinder: PluginFactory = () => ({ name: "DefaultBinder" });
