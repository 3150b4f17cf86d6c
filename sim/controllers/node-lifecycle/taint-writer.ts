// Puts taints on nodes and takes them off, as the controllers of kube-controller-manager do: the node is read from the API server's
// cache and patched, and nothing is asked where the own copy shows that nothing is to be done. Source: behaviour of 1.36.
import { ApiError, type Client } from "../../apiserver/client.ts";
import { ask, type Steps } from "../../engine/steps.ts";
import type { Node, Taint } from "../../model/objects.ts";
import { sameTaint, withTaints } from "../../model/taints.ts";

export class TaintWriter {
  private readonly client: Client;
  private readonly now: () => string;

  constructor(client: Client, now: () => string) {
    this.client = client;
    this.now = now;
  }

  /** Adds first, then removes, so that a node is never without either. @returns whether it succeeded */
  *swap(node: Node, add: readonly Taint[], remove: readonly Taint[]): Steps<boolean> {
    if (add.length > 0) {
      const timeAdded = this.now();
      const taints = add.map((taint) => ({ ...taint, timeAdded }));
      if (!(yield* this.change(node.metadata.name, (now) => withTaints(now, taints, [])))) return false;
    }
    return yield* this.remove(node, remove);
  }

  /** @param node the own copy. Taints that it does not have are not looked for. */
  *remove(node: Node, taints: readonly Taint[]): Steps<boolean> {
    const present = taints.some((taint) => (node.spec?.taints ?? []).some((other) => sameTaint(taint, other)));
    if (!present) return true;
    return yield* this.change(node.metadata.name, (now) => withTaints(now, [], taints));
  }

  private *change(name: string, change: (node: Node) => Node): Steps<boolean> {
    const node = yield* ask<Node | ApiError>((done) => this.client.get("nodes", name, done));
    if (node instanceof ApiError) return false;
    if (change(node) === node) return true;
    const answer = yield* ask<Node | ApiError>((done) => this.client.patch("nodes", name, change, done));
    return !(answer instanceof ApiError);
  }
}
