// What the cluster autoscaler may ask of the cloud provider. What it reads of a group is as the last refresh has shown it, or newer.
import type { NodeGroupPlan } from "../model/autoscaler-plan.ts";

export interface InstanceError {
  readonly errorClass: string;
  readonly code: string;
  readonly message: string;
}

export interface NodeGroup {
  readonly plan: NodeGroupPlan;
  /** Machines that the group is to have. */
  readonly target: number;
  /** Moves with every change of the group's instances. */
  readonly version: number;
  /** Asked for, and not running yet. */
  readonly creating: ReadonlyMap<string, { readonly name: string; readonly error: InstanceError | null }>;
  /** Names of those that exist. */
  readonly machines: ReadonlySet<string>;
  has(name: string): boolean;
}

/** @param error null when it was done */
export type CloudDone = (error: string | null) => void;

export interface CloudProvider {
  readonly groups: readonly NodeGroup[];
  refresh(done: CloudDone): void;
  increaseSize(group: NodeGroup, delta: number, done: CloudDone): void;
  decreaseTargetSize(group: NodeGroup, delta: number, done: CloudDone): void;
  deleteNodes(group: NodeGroup, names: readonly string[], done: CloudDone): void;
}
