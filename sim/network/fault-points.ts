// What faults may do to a network: cut and worsen the ways between hosts. Hosts are chosen by name, machine or zone; every fault
// returns what takes it back, faults stack in any order, and a host that joins later is hit like those that were there.
// Deaths of processes and machines are not here: they belong to who runs in them (etcd's fault points).
import type { RandomStream } from "../engine/random.ts";
import type { Network } from "./network.ts";
import type { Path, PathEffect } from "./path.ts";
import { checkRatio } from "./profile.ts";
import type { Place } from "./reachability.ts";

/** Takes a fault back; a second call does nothing. */
export type UndoNetworkFault = () => void;

/** Hosts, as a fault names them: all that match any of what is given. */
export interface HostSelector {
  /** Names of hosts or machines. */
  readonly hosts?: readonly string[];
  readonly zones?: readonly string[];
}

export type { PathEffect } from "./path.ts";

type Matches = (from: Place, to: Place) => boolean;

export class NetworkFaultPoints {
  private readonly network: Network;
  private drawn = 0;

  constructor(network: Network) {
    this.network = network;
  }

  /** Nothing passes from these hosts to those; the other direction stays as it is. Open connections are not reset. */
  block(from: HostSelector, to: HostSelector): UndoNetworkFault {
    return this.blockWhere((sender, receiver) => selects(from, sender) && selects(to, receiver));
  }

  /** Nothing passes between these hosts and those, in both directions. */
  cut(one: HostSelector, other: HostSelector): UndoNetworkFault {
    return this.blockWhere(
      (sender, receiver) =>
        (selects(one, sender) && selects(other, receiver)) || (selects(other, sender) && selects(one, receiver)),
    );
  }

  /**
   * Splits the network: hosts reach those of their own group only. Hosts of no group reach everybody, as clients do whose ways
   * are not cut.
   */
  partition(groups: readonly HostSelector[]): UndoNetworkFault {
    const groupOf = (host: Place): number => groups.findIndex((group) => selects(group, host));
    return this.blockWhere((sender, receiver) => {
      const left = groupOf(sender);
      const right = groupOf(receiver);
      return left >= 0 && right >= 0 && left !== right;
    });
  }

  /**
   * Cuts hosts off from all machines but their own. "in" blocks what they receive, "out" what they send; with "both" nobody keeps a part
   * of his ways.
   */
  isolate(target: HostSelector, direction: "both" | "in" | "out" = "both"): UndoNetworkFault {
    return this.blockWhere((sender, receiver) => {
      if (sender.machine === receiver.machine) return false;
      return (
        (direction !== "in" && selects(target, sender) && !selects(target, receiver)) ||
        (direction !== "out" && selects(target, receiver) && !selects(target, sender))
      );
    }, direction === "both");
  }

  /**
   * Worsens the ways from these hosts to those: more delay, loss, duplicates, less bandwidth.
   *
   * @param name of the fault: its draws come from streams of this name, so that it never moves the draws of the links
   * @throws AssertionError when a ratio is not in 0 … 1
   */
  worsen(from: HostSelector, to: HostSelector, effect: PathEffect, name?: string): UndoNetworkFault {
    checkRatio("loss", effect.loss ?? 0);
    checkRatio("duplicate", effect.duplicate ?? 0);
    const fault = name ?? `fault-${this.drawn++}`;
    return this.network.onPaths(
      (sender, receiver) => sender !== receiver && selects(from, sender) && selects(to, receiver),
      (path) => path.addEffect(effect, this.stream(fault, path)),
    );
  }

  private blockWhere(matches: Matches, isSteady = false): UndoNetworkFault {
    const cut = (sender: Place, receiver: Place) => sender !== receiver && matches(sender, receiver);
    const mend = this.network.reachability.add(cut, isSteady);
    const unblock = this.network.onPaths(cut, (path) => {
      path.block();
      return () => path.unblock();
    });
    return () => {
      unblock();
      mend();
    };
  }

  private stream(fault: string, path: Path): RandomStream {
    return this.network.engine.stream(`network/${path.name}/fault/${fault}`);
  }
}

function selects(selector: HostSelector, host: Place): boolean {
  return (
    (selector.hosts?.includes(host.name) ?? false) ||
    (selector.hosts?.includes(host.machine) ?? false) ||
    (selector.zones?.includes(host.zone) ?? false)
  );
}
