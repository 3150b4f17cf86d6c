// The things that expressions depend on and that change while a run goes on, each with its value now: a function of one object, a sum
// over the objects of a kind, a fact. A term is brought up to date by the change itself; nothing is ever counted anew.
import type { CallExpression, Value } from "../model/expectation/syntax.ts";
import { type AnyObject, fieldOf, restartsOf } from "./fields.ts";
import { asksNodes, compileFilters, type Matches, type NodeOf } from "./filter.ts";
import { OBJECT_FUNCTIONS } from "./object-functions.ts";

export type ChangeType = "ADDED" | "MODIFIED" | "DELETED";

export interface Term {
  readonly value: Value | undefined;
}

/** A term that follows the objects of one kind. */
export interface ObjectTerm extends Term {
  readonly call: CallExpression;
  /** It has to look at pods again when their node changes. */
  readonly asksNodes: boolean;
  /** @returns whether its value is another one now */
  changed(type: ChangeType, object: AnyObject, before: AnyObject | undefined, key: string, isInitial: boolean): boolean;
}

/** A function of one object. */
export class SingleTerm implements ObjectTerm {
  readonly call: CallExpression;
  readonly asksNodes = false;
  value: Value;
  /** The object was there at some time. */
  wasSeen = false;

  constructor(call: CallExpression) {
    this.call = call;
    this.value = this.read(undefined);
  }

  changed(type: ChangeType, object: AnyObject): boolean {
    this.wasSeen = true;
    const value = this.read(type === "DELETED" ? undefined : object);
    if (value === this.value) return false;
    this.value = value;
    return true;
  }

  private read(object: AnyObject | undefined): Value {
    const { name, list, argument } = this.call;
    return OBJECT_FUNCTIONS[name]!(list, object, argument);
  }
}

/** Ready endpoints of a Service, over its slices. */
export class EndpointsTerm implements ObjectTerm {
  readonly call: CallExpression;
  readonly asksNodes = false;
  value = 0;
  private readonly namespace: string;
  private readonly service: string;
  private readonly slices = new Map<string, number>();

  constructor(call: CallExpression) {
    const slash = call.key.indexOf("/");
    this.namespace = call.key.slice(0, slash);
    this.service = call.key.slice(slash + 1);
    this.call = { ...call, list: "endpointSlices", key: "" };
  }

  changed(type: ChangeType, slice: AnyObject, _before: AnyObject | undefined, key: string): boolean {
    const { labels, namespace = "default" } = slice.metadata;
    if (namespace !== this.namespace || labels?.["kubernetes.io/service-name"] !== this.service) return false;
    const { endpoints } = slice as {
      readonly endpoints?: readonly { conditions?: { ready?: boolean | null } }[] | null;
    };
    const ready = type === "DELETED" ? 0 : (endpoints ?? []).filter((e) => e.conditions?.ready !== false).length;
    const had = this.slices.get(key) ?? 0;
    if (type === "DELETED") this.slices.delete(key);
    else this.slices.set(key, ready);
    this.value += ready - had;
    return ready !== had;
  }
}

/** A sum over all objects of a kind that match, kept by what each contributes. */
export class SumTerm implements ObjectTerm {
  readonly call: CallExpression;
  readonly asksNodes: boolean;
  value = 0;
  private readonly matches: Matches;
  private readonly nodeOf: NodeOf;
  private readonly amountOf: (object: AnyObject) => number;
  private readonly amounts = new Map<string, number>();

  constructor(call: CallExpression, nodeOf: NodeOf) {
    this.call = call;
    this.asksNodes = asksNodes(call.filters);
    this.matches = compileFilters(call.list, call.filters);
    this.nodeOf = nodeOf;
    this.amountOf = call.name === "restarts" ? restartsOf : () => 1;
  }

  changed(type: ChangeType, object: AnyObject, _before: AnyObject | undefined, key: string): boolean {
    const had = this.amounts.get(key) ?? 0;
    const has = type !== "DELETED" && this.matches(object, this.nodeOf) ? this.amountOf(object) : 0;
    if (has === had) return false;
    if (has === 0) this.amounts.delete(key);
    else this.amounts.set(key, has);
    this.value += has - had;
    return true;
  }
}

/** How many different values a field has among the objects that match. */
export class DistinctTerm implements ObjectTerm {
  readonly call: CallExpression;
  readonly asksNodes: boolean;
  private readonly matches: Matches;
  private readonly nodeOf: NodeOf;
  private readonly valueOf: (object: AnyObject) => string | undefined;
  private readonly values = new Map<string, string>();
  private readonly counts = new Map<string, number>();

  constructor(call: CallExpression, nodeOf: NodeOf) {
    this.call = call;
    this.asksNodes = asksNodes(call.filters) || call.argument.startsWith("node.");
    this.matches = compileFilters(call.list, call.filters);
    this.nodeOf = nodeOf;
    this.valueOf = (object) => fieldOf(call.list, object, call.argument, nodeOf);
  }

  get value(): number {
    return this.counts.size;
  }

  changed(type: ChangeType, object: AnyObject, _before: AnyObject | undefined, key: string): boolean {
    const size = this.counts.size;
    const had = this.values.get(key);
    const has = type !== "DELETED" && this.matches(object, this.nodeOf) ? this.valueOf(object) : undefined;
    if (has === had) return false;
    if (had !== undefined) {
      const left = this.counts.get(had)! - 1;
      if (left === 0) this.counts.delete(had);
      else this.counts.set(had, left);
      this.values.delete(key);
    }
    if (has !== undefined) {
      this.values.set(key, has);
      this.counts.set(has, (this.counts.get(has) ?? 0) + 1);
    }
    return this.counts.size !== size;
  }
}

/** How often something has happened since the run began: objects created or deleted, Events recorded. */
export class TallyTerm implements ObjectTerm {
  readonly call: CallExpression;
  readonly asksNodes: boolean;
  value = 0;
  private readonly matches: Matches;
  private readonly nodeOf: NodeOf;

  constructor(call: CallExpression, nodeOf: NodeOf) {
    this.call = call;
    this.asksNodes = asksNodes(call.filters);
    this.matches = compileFilters(call.list, call.filters);
    this.nodeOf = nodeOf;
  }

  changed(
    type: ChangeType,
    object: AnyObject,
    before: AnyObject | undefined,
    _key: string,
    isInitial: boolean,
  ): boolean {
    if (isInitial) return false;
    const amount = this.amount(type, object, before);
    if (amount <= 0 || !this.matches(object, this.nodeOf)) return false;
    this.value += amount;
    return true;
  }

  private amount(type: ChangeType, object: AnyObject, before: AnyObject | undefined): number {
    if (this.call.name === "created") return type === "ADDED" ? 1 : 0;
    if (this.call.name === "deleted") return type === "DELETED" ? 1 : 0;
    if (type === "DELETED") return 0;
    const count = (event: AnyObject | undefined) => (event as { readonly count?: number } | undefined)?.count ?? 1;
    return type === "ADDED" ? count(object) : count(object) - count(before);
  }
}
