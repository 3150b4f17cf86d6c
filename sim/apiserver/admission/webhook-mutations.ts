// What mutating webhooks have made of one request: which of them changed the object, and which of those with reinvocationPolicy IfNeeded
// are to see it again because somebody after them changed it. There is one second round, whatever comes out of it.
// Source: KEP-1872 (admission webhooks to GA) and the mutating webhook plugin, 1.36.

import { sameValue } from "../../model/same-value.ts";
import { ApiError, type ApiKind, type ApiObject } from "../client.ts";
import type { CompiledWebhook } from "./webhook-rules.ts";

/** Fills in the defaults of the object's type. */
export type Complete = (kind: ApiKind, object: ApiObject) => ApiObject;

export class Mutations {
  readonly webhooks: readonly CompiledWebhook[];
  /** What is there; null when something new is to be made. */
  readonly before: ApiObject | null;
  private readonly kind: ApiKind;
  private readonly complete: Complete;
  private readonly applied: CompiledWebhook[] = [];
  private invoked = new Set<CompiledWebhook>();
  private readonly due = new Set<CompiledWebhook>();
  private isSecond = false;

  constructor(kind: ApiKind, webhooks: readonly CompiledWebhook[], before: ApiObject | null, complete: Complete) {
    this.kind = kind;
    this.webhooks = webhooks;
    this.before = before;
    this.complete = complete;
  }

  get isChanged(): boolean {
    return this.applied.length > 0;
  }

  /** Is it this webhook's turn in this round? */
  isDue(webhook: CompiledWebhook): boolean {
    return !this.isSecond || this.due.has(webhook);
  }

  /** The second round. @param isOtherwise plugins have changed what webhooks made of the object */
  again(isOtherwise: boolean): void {
    this.isSecond = true;
    if (isOtherwise) this.othersSeeIt();
  }

  /** A webhook has answered: what comes of its patch. One that does not fit is an error whatever the failurePolicy. */
  asked(webhook: CompiledWebhook, object: ApiObject): ApiObject | ApiError {
    const after = this.patched(webhook, object);
    if (after instanceof ApiError) return after;
    const isChanged = after !== object && !sameValue(after, object);
    if (isChanged) {
      this.applied.push(webhook);
      this.othersSeeIt();
    }
    if (webhook.webhook.reinvocationPolicy === "IfNeeded") this.invoked.add(webhook);
    return isChanged ? after : object;
  }

  /** The same changes made to what is really there by now. */
  replayed(object: ApiObject): ApiObject | ApiError {
    let current = object;
    for (const webhook of this.applied) {
      const after = this.patched(webhook, current);
      if (after instanceof ApiError) return after;
      current = after;
    }
    return current;
  }

  private patched({ patch }: CompiledWebhook, object: ApiObject): ApiObject | ApiError {
    if (patch === null) return object;
    const patched = patch.applied(object);
    if ("problem" in patched) return new ApiError("InternalError", `Internal error occurred: ${patched.problem}`);
    return patched.value === object ? object : this.complete(this.kind, patched.value as ApiObject);
  }

  private othersSeeIt(): void {
    for (const webhook of this.invoked) this.due.add(webhook);
    this.invoked = new Set();
  }
}
