// What faults can touch: the fault points of etcd and of the network, and nothing else of them.
import type { ApiFaultPoints } from "../apiserver/fault-points.ts";
import type { AutoscalerFaultPoints } from "../autoscaler/fault-points.ts";
import type { ControllerManagerFaultPoints } from "../controllers/fault-points.ts";
import type { EtcdFaultPoints } from "../etcd/fault-points.ts";
import type { FaultLayer } from "../model/fault-layers.ts";
import type { ClusterObjects } from "../model/objects.ts";
import type { NetworkFaultPoints } from "../network/fault-points.ts";
import type { NodeFaultPoints } from "../node/fault-points.ts";
import type { SchedulerFaultPoints } from "../scheduler/fault-points.ts";
import type { TrafficFaultPoints } from "../traffic/fault-points.ts";
import type { Target } from "./targets.ts";

/** Objects as they are stored. */
export interface ObjectSource {
  list<K extends keyof ClusterObjects>(kind: K): readonly ClusterObjects[K][number][];
  get<K extends keyof ClusterObjects>(kind: K, key: string): ClusterObjects[K][number] | undefined;
}

/** Somebody who may do everything, and whose requests take their way as all do; refusals are nobody's business here. */
export interface ObjectOperator {
  patch<K extends keyof ClusterObjects>(
    kind: K,
    key: string,
    change: (before: ClusterObjects[K][number]) => ClusterObjects[K][number],
  ): void;
  delete(kind: keyof ClusterObjects, key: string): void;
}

/** Replicas of a component of the control plane. */
export type ReplicaFaultPoints = SchedulerFaultPoints | ControllerManagerFaultPoints | AutoscalerFaultPoints;

/**
 * Parts that a run does not have (kubelets without controllers, traffic that nobody asks for) have no candidates either: what hits
 * them finds no target.
 */
export interface FaultWorld {
  readonly etcd: EtcdFaultPoints;
  readonly network: NetworkFaultPoints;
  readonly nodes: NodeFaultPoints;
  readonly api: ApiFaultPoints;
  readonly schedulers: ReplicaFaultPoints;
  readonly controllerManagers: ReplicaFaultPoints;
  readonly autoscalers: ReplicaFaultPoints;
  readonly cloud: CloudPoints;
  readonly traffic: TrafficFaultPoints;
  readonly objects: ObjectSource;
  readonly operator: ObjectOperator;
  /** Everything that faults of the layer can act on now, in a fixed order. */
  candidates(layer: FaultLayer): readonly Target[];
}

/** Takes a fault back. */
export type Undo = () => void;

export interface EtcdBackup {
  readonly revision: number;
  /** It will not be restored any more. */
  release(): void;
}

/** What an operator asks of a member. */
export type OperatorRequest =
  | {
      readonly kind: "put";
      readonly key: string;
      readonly value: unknown;
      readonly valueBytes: number;
      readonly lease: number;
    }
  | { readonly kind: "deleteRange"; readonly key: string; readonly rangeEnd: string }
  | { readonly kind: "compact"; readonly revision: number }
  | { readonly kind: "defragment" }
  | {
      readonly kind: "alarm";
      readonly action: "deactivate";
      readonly member: number;
      readonly alarm: "NOSPACE" | "CORRUPT";
    }
  | { readonly kind: "memberAdd"; readonly host: string; readonly isLearner: boolean }
  | { readonly kind: "memberRemove" | "memberPromote"; readonly id: number }
  | { readonly kind: "moveLeader"; readonly target: number };

/** The store's revision when it succeeded, or the text of the error. */
export interface OperatorAnswer {
  readonly revision: number;
  readonly error: string | null;
}

/** What the cloud lets faults do. */
export interface CloudPoints {
  machines(): readonly Target[];
  apiOutage(): Undo;
  stockout(zone: string, pool: string): Undo;
  deleteMachine(name: string): void;
  reclaimSpot(name: string, noticeMicros: number): void;
}
