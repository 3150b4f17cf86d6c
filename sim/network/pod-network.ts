// What answers at a pod's address, and how many requests it gets: the one place where the truth on a node and the traffic of clients
// meet. Whoever runs containers says when a pod listens and when it stops; traffic asks, and says how much it sends. Neither knows the
// other. What the API believes about a pod plays no part here.

/** A pod as clients meet it. */
export interface PodEnd {
  readonly uid: string;
  readonly nodeName: string;
  /** Something accepts connections and answers well. */
  readonly isServing: boolean;
  /** Requests per second that reach it now. */
  readonly requestsPerSecond: number;
  /** At most so many per second are answered well; the others fail. Infinity when nothing limits it. */
  readonly capacityPerSecond: number;
}

export interface PodNetworkListener {
  /** A pod has begun or ceased to answer, or how much it can answer has changed. */
  servingChanged?(pod: PodEnd): void;
  /** More or fewer requests reach a pod. */
  loadChanged?(pod: PodEnd): void;
  /** A machine has come up or gone down. */
  nodeChanged?(name: string, isUp: boolean): void;
}

interface End {
  uid: string;
  nodeName: string;
  isServing: boolean;
  requestsPerSecond: number;
  capacityPerSecond: number;
}

export class PodNetwork {
  private readonly ends = new Map<string, End>();
  private readonly down = new Set<string>();
  private readonly listeners: PodNetworkListener[] = [];

  listen(listener: PodNetworkListener): void {
    this.listeners.push(listener);
  }

  get(uid: string): PodEnd | undefined {
    return this.ends.get(uid);
  }

  /** Does anything on the node answer? Nodes are up until said otherwise. */
  isNodeUp(name: string): boolean {
    return !this.down.has(name);
  }

  /** The machine is gone, or frozen, or there again. What its pods do is said pod by pod. */
  setNode(name: string, isUp: boolean): void {
    if (isUp === this.isNodeUp(name)) return;
    if (isUp) this.down.delete(name);
    else this.down.add(name);
    for (const listener of this.listeners) listener.nodeChanged?.(name, isUp);
  }

  /** The pod's processes answer from now on. @param capacityPerSecond what they can answer; default: no limit */
  open(uid: string, nodeName: string, capacityPerSecond: number = Number.POSITIVE_INFINITY): void {
    let end = this.ends.get(uid);
    if (end === undefined) {
      end = { uid, nodeName, isServing: false, requestsPerSecond: 0, capacityPerSecond };
      this.ends.set(uid, end);
    }
    if (end.isServing && end.capacityPerSecond === capacityPerSecond) return;
    end.isServing = true;
    end.capacityPerSecond = capacityPerSecond;
    for (const listener of this.listeners) listener.servingChanged?.(end);
  }

  /** The pod answers no more: stopped, crashed, frozen, or its machine is gone. */
  close(uid: string): void {
    const end = this.ends.get(uid);
    if (end === undefined || !end.isServing) return;
    end.isServing = false;
    for (const listener of this.listeners) listener.servingChanged?.(end);
  }

  /** There will be nothing at this address any more. */
  forget(uid: string): void {
    this.close(uid);
    this.ends.delete(uid);
  }

  /** So many requests per second are sent to the pod from now on. */
  setLoad(uid: string, requestsPerSecond: number): void {
    const end = this.ends.get(uid);
    if (end === undefined || end.requestsPerSecond === requestsPerSecond) return;
    end.requestsPerSecond = requestsPerSecond;
    for (const listener of this.listeners) listener.loadChanged?.(end);
  }
}
