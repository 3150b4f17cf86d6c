// Which nodes a command is about: by name, or by their labels.
import { ApiError } from "../apiserver/client.ts";
import type { Steps } from "../engine/steps.ts";
import type { LabelSelector } from "../model/objects.ts";
import type { Command } from "./command.ts";

export const NODE_CHOICE = {
  node: { type: "nodes", doc: "One node or a list." },
  selector: { type: "selector", doc: "All nodes with these labels." },
} as const;

export interface NodeChoice {
  readonly node: readonly string[] | undefined;
  readonly selector: LabelSelector | undefined;
}

export function* chosenNodes(command: Command, { node, selector }: NodeChoice): Steps<readonly string[]> {
  if (selector === undefined) return node ?? [];
  const found = yield* command.list("nodes", {}, selector);
  if (found instanceof ApiError) {
    command.refused(found);
    return [];
  }
  if (found.length === 0) command.print("No resources found");
  return found.map(({ metadata }) => metadata.name);
}
