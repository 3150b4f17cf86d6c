// All terms of a run's expectations, and who depends on them. It is told of every change of the store, brings the terms that it concerns
// up to date, and then calls those who depend on them, once each: they see the state after the change and no state in between.

import type { FactName } from "../model/condition.ts";
import { FUNCTIONS } from "../model/expectation/functions.ts";
import type { CallExpression, Expression } from "../model/expectation/syntax.ts";
import type { ClusterObjects, Node, Pod } from "../model/objects.ts";
import type { AnyObject } from "./fields.ts";
import {
  type ChangeType,
  DistinctTerm,
  EndpointsTerm,
  type ObjectTerm,
  SingleTerm,
  SumTerm,
  TallyTerm,
  type Term,
} from "./terms.ts";

export type Dependent = () => void;

/** Facts as the fact board of faults has them. */
export interface FactSource {
  /** Calls back at each change. At set-up only. */
  follow(fact: FactName, member: string, changed: () => void): void;
  /** undefined: nobody has said yet. */
  valueOf(fact: FactName, member: string): number | string | undefined;
}

/** What sends requests to services, and counts. */
export interface TrafficSource {
  /** undefined: nobody sends any. Calls back at changes of what lasts, not at each request. */
  read(name: string, service: string): number | undefined;
  follow(name: string, service: string, changed: () => void): void;
}

interface Entry {
  readonly term: ObjectTerm;
  readonly dependents: Set<Dependent>;
}

export class TermBoard {
  private readonly facts: FactSource;
  private readonly traffic: TrafficSource | null;
  private readonly entries = new Map<string, Entry>();
  /** Of one object, by kind and key; and of all objects of a kind. */
  private readonly single = new Map<keyof ClusterObjects, Map<string, Entry[]>>();
  private readonly many = new Map<keyof ClusterObjects, Entry[]>();
  /** Kept only where terms ask for the nodes of pods. */
  private asking: Entry[] = [];
  private readonly nodes = new Map<string, Node>();
  private readonly podsOn = new Map<string, Map<string, Pod>>();
  private isInitial = true;

  constructor(facts: FactSource, traffic: TrafficSource | null) {
    this.facts = facts;
    this.traffic = traffic;
  }

  /** Does anything depend on objects? */
  get asksObjects(): boolean {
    return this.entries.size > 0;
  }

  /** The objects that the run begins with have been told of. */
  begin(): void {
    this.isInitial = false;
  }

  /** Objects that expectations name and that were never there. */
  neverSeen(): readonly CallExpression[] {
    return [...this.entries.values()]
      .map(({ term }) => term)
      .filter((term) => term instanceof SingleTerm && !term.wasSeen && term.call.name !== "exists")
      .map(({ call }) => call);
  }

  /** The term that an expression stands for; one for equal expressions. At set-up only. */
  term(expression: Expression & { readonly op: "call" | "fact" }, dependent: Dependent): Term {
    if (expression.op === "fact") return this.factTerm(expression.fact, expression.member, dependent);
    if (TRAFFIC.has(expression.name)) return this.trafficTerm(expression, dependent);
    const id = JSON.stringify(expression);
    let entry = this.entries.get(id);
    if (entry === undefined) {
      entry = { term: this.make(expression), dependents: new Set() };
      this.entries.set(id, entry);
      this.register(entry);
    }
    entry.dependents.add(dependent);
    return entry.term;
  }

  /** A change of an object, at the moment when it is made. */
  changed(
    list: keyof ClusterObjects,
    type: ChangeType,
    object: AnyObject,
    before: AnyObject | undefined,
    key: string,
  ): void {
    const concerned: Entry[] = [];
    if (this.asking.length > 0) this.follow(list, type, object, key, concerned);
    const look = (entry: Entry) => {
      if (entry.term.changed(type, object, before, key, this.isInitial)) concerned.push(entry);
    };
    for (const entry of this.single.get(list)?.get(key) ?? []) look(entry);
    for (const entry of this.many.get(list) ?? []) look(entry);
    if (concerned.length > 0 && !this.isInitial) tell(concerned);
  }

  private make(call: CallExpression): ObjectTerm {
    const nodeOf = (name: string) => this.nodes.get(name);
    if (call.name === "ready" && call.list === "services") return new EndpointsTerm(call);
    if (call.key !== "") return new SingleTerm(call);
    if (call.name === "distinct") return new DistinctTerm(call, nodeOf);
    return TALLIES.has(call.name) ? new TallyTerm(call, nodeOf) : new SumTerm(call, nodeOf);
  }

  private register(entry: Entry): void {
    const { asksNodes, call } = entry.term;
    if (asksNodes) this.asking.push(entry);
    if (call.key === "") {
      this.many.set(call.list, [...(this.many.get(call.list) ?? []), entry]);
      return;
    }
    const byKey = this.single.get(call.list) ?? new Map<string, Entry[]>();
    this.single.set(call.list, byKey);
    byKey.set(call.key, [...(byKey.get(call.key) ?? []), entry]);
  }

  // which pods are on which node, and what is to be looked at again when a node changes
  private follow(
    list: keyof ClusterObjects,
    type: ChangeType,
    object: AnyObject,
    key: string,
    concerned: Entry[],
  ): void {
    if (list === "pods") {
      const pod = object as unknown as Pod;
      const node = pod.spec.nodeName ?? "";
      if (node === "") return;
      const pods = this.podsOn.get(node) ?? new Map<string, Pod>();
      if (type === "DELETED") pods.delete(key);
      else pods.set(key, pod);
      if (pods.size > 0) this.podsOn.set(node, pods);
      else this.podsOn.delete(node);
      return;
    }
    if (list !== "nodes") return;
    if (type === "DELETED") this.nodes.delete(key);
    else this.nodes.set(key, object as unknown as Node);
    const pods = this.podsOn.get(key);
    if (pods === undefined) return;
    for (const entry of this.asking) {
      let isOther = false;
      for (const [podKey, pod] of pods)
        if (entry.term.changed("MODIFIED", pod as unknown as AnyObject, undefined, podKey, this.isInitial))
          isOther = true;
      if (isOther) concerned.push(entry);
    }
  }

  private factTerm(fact: FactName, member: string, dependent: Dependent): Term {
    const { facts } = this;
    facts.follow(fact, member, dependent);
    return {
      get value() {
        return facts.valueOf(fact, member);
      },
    };
  }

  private trafficTerm({ key, name }: CallExpression, dependent: Dependent): Term {
    const { traffic } = this;
    traffic?.follow(name, key, dependent);
    return {
      get value() {
        return traffic?.read(name, key);
      },
    };
  }
}

const TALLIES: ReadonlySet<string> = new Set(["created", "deleted", "events"]);
const TRAFFIC: ReadonlySet<string> = new Set(FUNCTIONS.filter((f) => f.isTraffic === true).map((f) => f.name));

function tell(entries: readonly Entry[]): void {
  const [only] = entries;
  const dependents = entries.length === 1 ? only!.dependents : new Set(entries.flatMap((e) => [...e.dependents]));
  for (const dependent of dependents) dependent();
}
