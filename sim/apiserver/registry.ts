// Carries verbs out: defaults, names, admission, the rules of the verbs, and the store. What has been authorized comes in here; what
// has been decided goes out by a callback. Knows nothing of connections, queues and time-outs.
// Source: behaviour of kube-apiserver's generic registry, 1.36.
import type { Engine } from "../engine/engine.ts";
import { ask, runSteps, type Steps } from "../engine/steps.ts";
import type { Tick } from "../engine/tick.ts";
import type { CallContext } from "../etcd/client.ts";
import type { Job, Pod, PodDisruptionBudget, PodSpec, Service } from "../model/objects.ts";
import { type QosClass, qosClassOf } from "../model/qos.ts";
import type { TemplateDefaults } from "../model/template-defaults.ts";
import type { Timestamps } from "../model/timestamp.ts";
import { withTypeDefaults } from "../model/type-defaults.ts";
import type { AdmissionAttributes, Operation } from "./admission/attributes.ts";
import { Admission } from "./admission/chain.ts";
import type { Answers, WebhookFaults } from "./admission/webhook-calls.ts";
import type { AggregatedApis } from "./aggregated-api.ts";
import {
  ApiError,
  type ApiKind,
  type ApiObject,
  type Binding,
  type DeleteOptions,
  type Done,
  keyOf,
  type Patch,
  type Selector,
} from "./client.ts";
import { type EvictionStore, evicted } from "./eviction.ts";
import { withJobIdentity } from "./job-identity.ts";
import { nameOfKey, namespaceOfKey } from "./kind-rules.ts";
import { generatedName, MAX_NAME_ATTEMPTS } from "./name-generator.ts";
import { selectedObjects } from "./selection.ts";
import type { ServiceAddresses } from "./service-addresses.ts";
import { type EtcdStorage, objectOf } from "./storage.ts";
import {
  bound,
  created,
  deleted,
  goneAtOnce,
  isGone,
  type Moment,
  statusUpdated,
  updated,
  type Verdict,
} from "./verbs.ts";
import type { WatchCache } from "./watch-cache.ts";

export interface RegistryOptions {
  readonly engine: Engine;
  readonly storage: EtcdStorage;
  readonly caches: ReadonlyMap<ApiKind, WatchCache>;
  readonly timestamps: Timestamps;
  readonly templates: TemplateDefaults;
  /** How often each name was given to a new object, by kind and key. Shared by all servers. */
  readonly births: Map<string, number>;
  readonly admission: AdmissionOptions | null;
  readonly aggregated: AggregatedApis;
  /** null: Services have the addresses that they ask for. */
  readonly serviceAddresses: ServiceAddresses | null;
}

/** What admission needs of the world outside. */
export interface AdmissionOptions {
  readonly faults: WebhookFaults;
  readonly answers: Answers;
}

const UNLIMITED: CallContext = { isOver: false };

export class Registry {
  /** What requests are subject to before they are stored; null for clusters without any. */
  readonly admission: Admission | null;
  private readonly options: RegistryOptions;
  private readonly qosClasses = new WeakMap<PodSpec, QosClass>();
  private readonly qosOf = (spec: PodSpec): QosClass => {
    let found = this.qosClasses.get(spec);
    if (found === undefined) {
      found = qosClassOf(spec);
      this.qosClasses.set(spec, found);
    }
    return found;
  };

  constructor(options: RegistryOptions) {
    this.options = options;
    const { admission, caches, engine } = options;
    this.admission =
      admission === null
        ? null
        : new Admission(
            engine,
            caches,
            admission.faults,
            admission.answers,
            (key, decide, done) => this.options.storage.change(UNLIMITED, "resourceQuotas", key, decide, done),
            (name, done) => this.options.storage.get(UNLIMITED, "namespaces", name, done),
            (kind, object) => withTypeDefaults(kind, object, options.templates),
          );
  }

  create<K extends ApiKind>(context: CallContext, kind: K, object: ApiObject<K>, done: Done<ApiObject<K>>): void {
    const complete = withTypeDefaults(kind, object, this.options.templates);
    this.createNamed(context, kind, complete, 1, done);
  }

  get<K extends ApiKind>(context: CallContext, kind: K, key: string, done: Done<ApiObject<K>>): void {
    const { aggregated } = this.options;
    if (aggregated.serves(kind)) return done(aggregated.get(kind, key));
    this.options.storage.get(context, kind, key, done);
  }

  /** From etcd, as of now. */
  list<K extends ApiKind>(
    context: CallContext,
    kind: K,
    selector: Selector,
    done: Done<readonly ApiObject<K>[]>,
  ): void {
    const { aggregated, storage } = this.options;
    if (aggregated.serves(kind)) return done(aggregated.list(kind, selector.namespace));
    storage.list(context, kind, (answer) => {
      if (answer instanceof ApiError) return done(answer);
      done(selectedObjects(kind, answer.kvs.map(objectOf), selector) as ApiObject<K>[]);
    });
  }

  update<K extends ApiKind>(context: CallContext, kind: K, object: ApiObject<K>, done: Done<ApiObject<K>>): void {
    const complete = withTypeDefaults(kind, object, this.options.templates);
    const decide = (before: ApiObject<K>, asked: ApiObject<K>) =>
      updated(kind, before, this.withAddresses(kind, before, asked));
    this.reviewed(context, kind, "", keyOf(kind, object), () => complete, decide, done);
  }

  updateStatus<K extends ApiKind>(context: CallContext, kind: K, object: ApiObject<K>, done: Done<ApiObject<K>>): void {
    const decide = (before: ApiObject<K>, asked: ApiObject<K>) => statusUpdated(kind, before, asked);
    this.reviewed(context, kind, "status", keyOf(kind, object), () => object, decide, done);
  }

  patch<K extends ApiKind>(
    context: CallContext,
    kind: K,
    key: string,
    patch: Patch<K>,
    done: Done<ApiObject<K>>,
  ): void {
    const { templates } = this.options;
    const proposed = (before: ApiObject<K>) => withTypeDefaults(kind, patch(before), templates);
    const decide = (before: ApiObject<K>, asked: ApiObject<K>) =>
      updated(kind, before, this.withAddresses(kind, before, asked));
    this.reviewed(context, kind, "", key, proposed, decide, done);
  }

  patchStatus<K extends ApiKind>(
    context: CallContext,
    kind: K,
    key: string,
    patch: Patch<K>,
    done: Done<ApiObject<K>>,
  ): void {
    const decide = (before: ApiObject<K>, asked: ApiObject<K>) => statusUpdated(kind, before, asked);
    this.reviewed(context, kind, "status", key, patch, decide, done);
  }

  delete(context: CallContext, kind: ApiKind, key: string, options: DeleteOptions, done: Done<null>): void {
    if (kind === "pods") return this.deletePod(context, key, options, done);
    const decide = (before: ApiObject) => deleted(kind, before, options, this.moment());
    const then = (answer: unknown) => done(answer instanceof ApiError ? answer : null);
    this.allowed(context, "DELETE", kind, "", key, decide, then);
  }

  private deletePod(context: CallContext, key: string, options: DeleteOptions, done: Done<null>): void {
    const decide = (before: Pod): Verdict<"pods"> => {
      const verdict = deleted("pods", before, options, this.moment());
      if (verdict instanceof ApiError || !verdict.remove) return verdict;
      return { remove: false, object: goneAtOnce(before, options, this.moment()) };
    };
    this.allowed(context, "DELETE", "pods", "", key, decide, (answer) => {
      if (answer instanceof ApiError) return done(answer);
      if (!isGone(answer) || context.isOver) return done(null);
      const { uid } = answer.metadata;
      // of the same name, but another pod: the one that was meant is gone
      const remove = (before: Pod): Verdict<"pods"> => ({ remove: before.metadata.uid === uid, object: before });
      this.options.storage.changeWritten(context, "pods", answer, key, remove, (removed) => {
        done(removed instanceof ApiError && removed.reason !== "NotFound" ? removed : null);
      });
    });
  }

  deleteCollection(
    context: CallContext,
    kind: ApiKind,
    namespace: string,
    options: DeleteOptions,
    done: Done<null>,
  ): void {
    runSteps(this.collectionDeleted(context, kind, namespace, options), done);
  }

  private *collectionDeleted(
    context: CallContext,
    kind: ApiKind,
    namespace: string,
    options: DeleteOptions,
  ): Steps<null | ApiError> {
    const found = yield* ask<readonly ApiObject[] | ApiError>((done) => this.list(context, kind, { namespace }, done));
    if (found instanceof ApiError) return found;
    for (const object of found) {
      if (context.isOver) return null;
      const key = keyOf(kind, object);
      const answer = yield* ask<null | ApiError>((done) => this.delete(context, kind, key, options, done));
      if (answer instanceof ApiError && answer.reason !== "NotFound") return answer;
    }
    return null;
  }

  bind(context: CallContext, binding: Binding, done: Done<null>): void {
    const key = `${binding.namespace}/${binding.name}`;
    const decide = (before: Pod) => bound(before, binding, this.moment());
    const then = (answer: unknown) => done(answer instanceof ApiError ? answer : null);
    this.allowed(context, "CREATE", "pods", "binding", key, decide, then);
  }

  evict(context: CallContext, key: string, options: DeleteOptions, done: Done<null>): void {
    const { caches, engine } = this.options;
    const store: EvictionStore = {
      moment: () => this.moment(),
      getPod: (pod, then) => this.get(context, "pods", pod, then),
      changePod: (pod, decide, then) => this.change(context, "pods", pod, decide, then),
      deletePod: (pod, how, then) => this.delete(context, "pods", pod, how, then),
      budgets: (namespace) =>
        (caches.get("podDisruptionBudgets")?.inNamespace(namespace) ?? []) as PodDisruptionBudget[],
      changeBudget: (budget, decide, then) => this.change(context, "podDisruptionBudgets", budget, decide, then),
      wait: (micros, then) => {
        engine.at((engine.now + micros) as Tick, then);
      },
    };
    runSteps(
      evicted(store, key, options, () => engine.stream(`apiserver/evictions/${key}`)),
      done,
    );
  }

  private createNamed<K extends ApiKind>(
    context: CallContext,
    kind: K,
    object: ApiObject<K>,
    attempt: number,
    done: Done<ApiObject<K>>,
  ): void {
    const { engine } = this.options;
    const { metadata } = object;
    const isGenerated = !metadata.name && metadata.generateName !== undefined;
    let named = object;
    if (isGenerated) {
      const name = generatedName(engine, kind, metadata.namespace ?? "", metadata.generateName as string);
      named = { ...object, metadata: { ...metadata, name } };
    }
    const key = keyOf(kind, named);
    const { admission } = this;
    if (admission === null) return this.store(context, kind, object, named, attempt, done);
    admission.create(kind, named, namespaceOfKey(key), (admitted) => {
      if (admitted instanceof ApiError) done(admitted);
      else if (!context.isOver) this.store(context, kind, object, admitted, attempt, done);
    });
  }

  /** @param asked what the client sent, for another try under another name */
  private store<K extends ApiKind>(
    context: CallContext,
    kind: K,
    asked: ApiObject<K>,
    named: ApiObject<K>,
    attempt: number,
    done: Done<ApiObject<K>>,
  ): void {
    const { births, storage } = this.options;
    const { metadata } = named;
    const isGenerated = !asked.metadata.name;
    const uid = metadata.uid ?? newUid(births, kind, keyOf(kind, named));
    let addressed: ApiObject<K> | ApiError = named;
    if (kind === "services" && this.options.serviceAddresses !== null)
      addressed = this.options.serviceAddresses.allocate(keyOf(kind, named), named as Service) as
        | ApiObject<K>
        | ApiError;
    if (addressed instanceof ApiError) return done(addressed);
    let stored = created(kind, addressed, uid, this.moment());
    if (kind === "jobs") stored = withJobIdentity(stored as Job) as ApiObject<K>;
    storage.create(kind, stored, (answer) => {
      const isTaken = answer instanceof ApiError && answer.reason === "AlreadyExists";
      if (!isTaken || !isGenerated || attempt === MAX_NAME_ATTEMPTS || context.isOver) return done(answer);
      this.createNamed(context, kind, asked, attempt + 1, done);
    });
  }

  /** An update of what is there, after admission, with what webhooks change in it. */
  private reviewed<K extends ApiKind>(
    context: CallContext,
    kind: K,
    subresource: string,
    key: string,
    proposed: (before: ApiObject<K>) => ApiObject<K>,
    decide: (before: ApiObject<K>, asked: ApiObject<K>) => Verdict<K>,
    done: Done<ApiObject<K>>,
  ): void {
    const plain = (before: ApiObject<K>) => decide(before, proposed(before));
    const { admission } = this;
    if (admission === null) return this.change(context, kind, key, plain, done);
    const attributes = attributesOf("UPDATE", kind, subresource, key);
    admission.review(attributes, proposed as (before: ApiObject) => ApiObject, (answer) => {
      if (answer instanceof ApiError) return done(answer);
      if (context.isOver) return;
      if (answer === null) return this.change(context, kind, key, plain, done);
      this.change(
        context,
        kind,
        key,
        (before) => {
          const asked = answer(proposed(before));
          return asked instanceof ApiError ? asked : decide(before, asked as ApiObject<K>);
        },
        done,
      );
    });
  }

  /** As {@link change}, after admission, of what stores nothing that webhooks could change. */
  private allowed<K extends ApiKind>(
    context: CallContext,
    operation: Operation,
    kind: K,
    subresource: string,
    key: string,
    decide: (before: ApiObject<K>) => Verdict<K>,
    done: Done<ApiObject<K>>,
  ): void {
    const { admission } = this;
    if (admission === null) return this.change(context, kind, key, decide, done);
    admission.review(attributesOf(operation, kind, subresource, key), null, (answer) => {
      if (answer instanceof ApiError) done(answer);
      else if (!context.isOver) this.change(context, kind, key, decide, done);
    });
  }

  private withAddresses<K extends ApiKind>(kind: K, before: ApiObject<K>, object: ApiObject<K>): ApiObject<K> {
    const { serviceAddresses } = this.options;
    if (kind !== "services" || serviceAddresses === null) return object;
    return serviceAddresses.replace(keyOf(kind, before), before as Service, object as Service) as ApiObject<K>;
  }

  private change<K extends ApiKind>(
    context: CallContext,
    kind: K,
    key: string,
    decide: (before: ApiObject<K>) => Verdict<K>,
    done: Done<ApiObject<K>>,
  ): void {
    this.options.storage.change(context, kind, key, decide, done);
  }

  private moment(): Moment {
    return { nowMicros: this.options.engine.now, timestamps: this.options.timestamps, qosOf: this.qosOf };
  }
}

function attributesOf(operation: Operation, kind: ApiKind, subresource: string, key: string): AdmissionAttributes {
  return { operation, kind, subresource, namespace: namespaceOfKey(key), name: nameOfKey(key) };
}

// from the object's own name, so that a further object elsewhere never changes anybody's uid, and with it his luck
function newUid(births: Map<string, number>, kind: ApiKind, key: string): string {
  const path = `${kind}/${key}`;
  const number = (births.get(path) ?? 0) + 1;
  births.set(path, number);
  return number === 1 ? path : `${path}#${number}`;
}
