// PrioritySort: pods of higher priority first. Pods of equal priority keep the order in which they entered the queue,
// which only the queue knows.
import type { PluginFactory } from "../framework.ts";

export const prioritySort: PluginFactory = () => ({
  name: "PrioritySort",
  less: (a, b) => a.shape.priority > b.shape.priority,
});
