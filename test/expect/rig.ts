// An engine, objects that change when a test says so, and the monitors of some expectations over them.
import { Engine } from "../../sim/engine/engine.ts";
import { SECOND, type Tick } from "../../sim/engine/tick.ts";
import { Expectations } from "../../sim/expect/expectations.ts";
import type { AnyObject } from "../../sim/expect/fields.ts";
import type { Judgement } from "../../sim/expect/monitor.ts";
import type { ChangeType } from "../../sim/expect/terms.ts";
import { FactBoard } from "../../sim/faults/facts.ts";
import type { FactName } from "../../sim/model/condition.ts";
import type { MetricValues } from "../../sim/model/expectation/metrics.ts";
import { parseExpectation } from "../../sim/model/expectation/parse.ts";
import type { ClusterObjects } from "../../sim/model/objects.ts";

export class ExpectRig {
  readonly engine = new Engine({ seed: 1 });
  readonly facts = new FactBoard(this.engine);
  readonly expectations: Expectations;
  private readonly stored = new Map<string, AnyObject>();

  /** @param disturbances by id, whether it must happen */
  constructor(texts: readonly string[], disturbances: Readonly<Record<string, boolean>> = {}, measuresMargins = false) {
    this.expectations = new Expectations({
      engine: this.engine,
      expectations: texts.map((text) => {
        const parsed = parseExpectation(text);
        if ("expected" in parsed) throw new Error(`${text}: ${parsed.expected}`);
        return parsed;
      }),
      facts: this.facts,
      traffic: null,
      disturbances: new Map(Object.entries(disturbances)),
      measuresMargins,
    });
  }

  begin(): this {
    this.expectations.begin();
    return this;
  }

  to(seconds: number): this {
    this.engine.run((seconds * SECOND) as Tick);
    return this;
  }

  set(list: keyof ClusterObjects, object: object): this {
    const key = keyOf(object as AnyObject, list);
    const before = this.stored.get(`${list} ${key}`);
    this.stored.set(`${list} ${key}`, object as AnyObject);
    this.tell(list, before === undefined ? "ADDED" : "MODIFIED", object as AnyObject, before, key);
    return this;
  }

  remove(list: keyof ClusterObjects, key: string): this {
    const last = this.stored.get(`${list} ${key}`)!;
    this.stored.delete(`${list} ${key}`);
    this.tell(list, "DELETED", last, last, key);
    return this;
  }

  fact(fact: FactName, value: number | string, member = ""): this {
    this.facts.set(fact, value, member);
    return this;
  }

  injected(id: string): this {
    this.expectations.injected(id);
    return this;
  }

  recovered(id: string): this {
    this.expectations.recovered(id);
    return this;
  }

  finish(values: Partial<MetricValues> = {}): readonly Judgement[] {
    return this.expectations.finish({ value: () => undefined, aggregate: () => undefined, ...values });
  }

  private tell(
    list: keyof ClusterObjects,
    type: ChangeType,
    object: AnyObject,
    before: AnyObject | undefined,
    key: string,
  ) {
    this.expectations.changed(list, type, object, before, key);
  }
}

function keyOf({ metadata }: AnyObject, list: keyof ClusterObjects): string {
  return list === "nodes" || list === "namespaces"
    ? metadata.name
    : `${metadata.namespace ?? "default"}/${metadata.name}`;
}

export function deployment(ready: number, replicas = 3, name = "web"): object {
  return {
    metadata: { name, generation: 1 },
    spec: { replicas },
    status: {
      observedGeneration: 1,
      replicas,
      readyReplicas: ready,
      availableReplicas: ready,
      updatedReplicas: replicas,
    },
  };
}
