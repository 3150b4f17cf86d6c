// What faults can touch: the fault points of etcd and of the network, and nothing else of them.
import type { EtcdFaultPoints } from "../etcd/fault-points.ts";
import type { FaultLayer } from "../model/fault-layers.ts";
import type { NetworkFaultPoints } from "../network/fault-points.ts";
import type { Target } from "./targets.ts";

export interface FaultWorld {
  readonly etcd: EtcdFaultPoints;
  readonly network: NetworkFaultPoints;
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
