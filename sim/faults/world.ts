// What faults can touch: the fault points of etcd and of the network, and nothing else of them.
import type { NetworkFaultPoints } from "../network/fault-points.ts";
import type { Target } from "./targets.ts";

export interface FaultWorld {
  readonly etcd: EtcdPoints;
  readonly network: NetworkFaultPoints;
  /** Everything that faults of the layer can act on now, in a fixed order. */
  candidates(layer: "etcd"): readonly Target[];
}

/** Takes a fault back. */
export type Undo = () => void;

/** What can be done to an etcd cluster from outside. Members are named. */
export interface EtcdPoints {
  idOf(name: string): number;
  /** Name of the member's host in the network. */
  hostOf(name: string): string;
  isRunning(name: string): boolean;
  isServing(name: string): boolean;
  /** SIGKILL. */
  crash(name: string): void;
  /** Nothing happens when it runs already. */
  start(name: string): void;
  /** SIGTERM. It may take a while until it has ended. */
  terminate(name: string): void;
  pause(name: string): void;
  resume(name: string): void;
  slowDisk(name: string, factor: number, extraMicros: number): Undo;
  stallDisk(name: string): Undo;
  fillDisk(name: string): Undo;
  setClockRate(name: string, rate: number): Undo;
  stallCompaction(name: string): Undo;
  /** The version that the member has when it starts the next time. */
  setVersion(name: string, version: "3.5" | "3.6"): void;
  /** A host and a disk for a new member, which is down; it is no part of the cluster until it is added. */
  prepareMember(zone: string): { readonly name: string; readonly host: string };
  /** A copy of a member's database; null when no member runs. */
  backup(): EtcdBackup | null;
  /** All members begin anew from a backup. Returns how many acknowledged writes are not in it. */
  restoreAll(backup: EtcdBackup): number;
  call(name: string, request: OperatorRequest, deadlineMicros: number, done: (answer: OperatorAnswer) => void): void;
}

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
