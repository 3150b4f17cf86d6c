// What can happen in a cluster that may make a waiting pod schedulable, as the scheduling queue sees it.
// An event is one resource and one action; a plugin registers for sets of actions and may add a hint that looks closer.
// Source: the scheduler's ClusterEvent and queueing hints (KEP-4247), Kubernetes 1.36.
import type { PodInfo } from "./shape.ts";
import type { Snapshot } from "./snapshot.ts";

export type EventResource =
  | "AssignedPod"
  /** The waiting pod itself was changed by somebody. */
  | "UnscheduledPod"
  | "Node"
  | "PersistentVolume"
  | "PersistentVolumeClaim"
  | "StorageClass"
  | "CSINode"
  | "CSIDriver"
  | "CSIStorageCapacity"
  /** The end of the longest stay in the unschedulable pool, or an order to try all: of interest to everybody. */
  | "*";

/** Bits, so that a registration can name several. */
export const ADD = 1;
export const DELETE = 2;
export const UPDATE_NODE_ALLOCATABLE = 4;
export const UPDATE_NODE_LABEL = 8;
export const UPDATE_NODE_TAINT = 16;
export const UPDATE_NODE_CONDITION = 32;
export const UPDATE_POD_LABEL = 64;
export const UPDATE_POD_SCALE_DOWN = 128;
export const UPDATE_POD_TOLERATION = 256;
export const UPDATE_POD_GATES_ELIMINATED = 512;
/** Any other change, and every change of kinds that are not told apart. */
export const UPDATE_OTHER = 1024;
export const UPDATE =
  UPDATE_NODE_ALLOCATABLE |
  UPDATE_NODE_LABEL |
  UPDATE_NODE_TAINT |
  UPDATE_NODE_CONDITION |
  UPDATE_POD_LABEL |
  UPDATE_POD_SCALE_DOWN |
  UPDATE_POD_TOLERATION |
  UPDATE_POD_GATES_ELIMINATED |
  UPDATE_OTHER;
export const ALL = ADD | DELETE | UPDATE;

export interface ClusterEvent {
  readonly resource: EventResource;
  /** One bit. */
  readonly action: number;
}

/** After five minutes in the unschedulable pool. */
export const EVENT_UNSCHEDULABLE_TIMEOUT: ClusterEvent = { resource: "*", action: ALL };

/**
 * Could this event make the pod schedulable, as far as the plugin that rejected it can tell? When in doubt, true: a pod
 * tried in vain costs time, a pod forgotten waits five minutes.
 *
 * @param before the object's last state; undefined for an addition. Pods come as PodInfo, others as the API object.
 * @param after the object's new state; undefined for a deletion
 */
export type Hint = (pod: PodInfo, before: unknown, after: unknown, snapshot: Snapshot) => boolean;

/** What one plugin wants to hear of. */
export interface HintRegistration {
  readonly resource: EventResource;
  /** Bits. */
  readonly actions: number;
  /** Absent: every such event counts. */
  readonly hint?: Hint;
}

/** Registrations of one profile's plugins. A plugin that is not in it is taken to care about everything. */
export type HintTable = ReadonlyMap<string, readonly HintRegistration[]>;

export function interested(registration: HintRegistration, event: ClusterEvent): boolean {
  if (event.resource === "*" || registration.resource === "*") return true;
  return registration.resource === event.resource && (registration.actions & event.action) !== 0;
}
