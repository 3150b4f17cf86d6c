// Admission of one server: what stands between an authorized request and the store, in upstream's order. NamespaceLifecycle, LimitRanger,
// ServiceAccount, TaintNodesByCondition, Priority, DefaultTolerationSeconds, DefaultStorageClass, StorageObjectInUseProtection, mutating
// webhooks; then PodSecurity, validating webhooks, ResourceQuota. Most requests pass at once; those that a webhook or a quota concerns come back later.
import type { Engine } from "../../engine/engine.ts";
import { runSteps, type Steps } from "../../engine/steps.ts";
import { defaultClaim } from "../../model/defaults.ts";
import type { Namespace, Node, PersistentVolumeClaim, Pod } from "../../model/objects.ts";
import { sameValue } from "../../model/same-value.ts";
import { withProtection } from "../../model/volume-names.ts";
import { ApiError, type ApiKind, type ApiObject } from "../client.ts";
import { type AdmissionAttributes, type AdmissionCaches, cachedObject } from "./attributes.ts";
import { rangeRefusal } from "./limit-ranger.ts";
import { namespaceRefusal } from "./namespace-lifecycle.ts";
import { PodAdmission } from "./pod-admission.ts";
import { type ChangeQuota, QuotaAdmission } from "./resource-quota.ts";
import { type Answers, WebhookCalls, type WebhookFaults } from "./webhook-calls.ts";
import { type Complete, Mutations } from "./webhook-mutations.ts";

/** Reads a namespace from the store: the cache may not have heard of it yet. */
export type FindNamespace = (name: string, done: (answer: Namespace | ApiError) => void) => void;

/** What webhooks change in an object that is to be stored. */
export type Amend = (object: ApiObject) => ApiObject | ApiError;

type Admitted<T> = (answer: T | ApiError) => void;

/** What decisions that are remembered depend on. */
const WATCHED: ReadonlySet<ApiKind> = new Set<ApiKind>([
  "priorityClasses",
  "storageClasses",
  "limitRanges",
  "namespaces",
  "validatingWebhookConfigurations",
  "mutatingWebhookConfigurations",
]);

const UNKNOWN: ApiObject = { metadata: { name: "" } };
const NOT_READY_TAINT = { key: "node.kubernetes.io/not-ready", effect: "NoSchedule" } as const;

export class Admission {
  private readonly caches: AdmissionCaches;
  private readonly pods: PodAdmission;
  private readonly quotas: QuotaAdmission;
  private readonly webhooks: WebhookCalls;
  private readonly findNamespace: FindNamespace;
  private readonly complete: Complete;

  constructor(
    engine: Engine,
    caches: AdmissionCaches,
    faults: WebhookFaults,
    answers: Answers,
    changeQuota: ChangeQuota,
    findNamespace: FindNamespace,
    complete: Complete,
  ) {
    this.caches = caches;
    this.pods = new PodAdmission(caches);
    this.quotas = new QuotaAdmission(caches, changeQuota);
    this.webhooks = new WebhookCalls(engine, caches, faults, answers);
    this.findNamespace = findNamespace;
    this.complete = complete;
  }

  /** The server has learned of a change of this kind. */
  changed(kind: ApiKind, key: string): void {
    if (!WATCHED.has(kind)) return;
    this.pods.changed(kind, key);
    this.webhooks.changed(kind);
  }

  /** The server has listed a kind anew. */
  listed(kind: ApiKind): void {
    if (!WATCHED.has(kind)) return;
    this.pods.reset();
    this.webhooks.changed(kind);
  }

  /** The process has died. */
  reset(): void {
    this.quotas.reset();
  }

  /** Of an object that is to be created: the object as it is to be stored, at once or later. */
  create<K extends ApiKind>(kind: K, object: ApiObject<K>, namespace: string, done: Admitted<ApiObject<K>>): void {
    const { name } = object.metadata;
    const attributes: AdmissionAttributes = { operation: "CREATE", kind, subresource: "", namespace, name };
    if (namespace === "") return this.mutate(attributes, object, done);
    const known = cachedObject(this.caches, "namespaces", namespace) as Namespace | undefined;
    if (known !== undefined) {
      const refusal = namespaceRefusal(attributes, known);
      if (refusal !== null) return done(refusal);
      return this.mutate(attributes, object, done);
    }
    this.findNamespace(namespace, (answer) => {
      if (answer instanceof ApiError && answer.reason !== "NotFound") return done(answer);
      const refusal = namespaceRefusal(attributes, answer instanceof ApiError ? undefined : answer);
      if (refusal !== null) done(refusal);
      else this.mutate(attributes, object, done);
    });
  }

  /**
   * Of a change or deletion of what is there: whether it may be made, at once or later, and what webhooks change in it.
   *
   * @param proposed what is to become of the object that is there; null when that is not to be stored
   */
  review(
    attributes: AdmissionAttributes,
    proposed: ((before: ApiObject) => ApiObject) | null,
    done: (answer: ApiError | Amend | null) => void,
  ): void {
    const { kind, name, namespace } = attributes;
    // what is there stays as long as its namespace
    const refusal = kind === "namespaces" ? namespaceRefusal(attributes, undefined) : null;
    if (refusal !== null) return done(refusal);
    const webhooks = this.webhooks.covering(attributes);
    if (webhooks.length === 0) return done(null);
    const key = namespace === "" ? name : `${namespace}/${name}`;
    const before = (this.caches.get(kind)?.get(key)?.object ?? null) as ApiObject | null;
    const object = before === null || proposed === null ? null : proposed(before);
    const mutations = new Mutations(kind, webhooks, before, this.complete);
    runSteps(this.reviewed(attributes, object, mutations), done);
  }

  private *reviewed(
    attributes: AdmissionAttributes,
    object: ApiObject | null,
    mutations: Mutations,
  ): Steps<ApiError | Amend | null> {
    const mutated = yield* this.mutatedTwice(
      attributes,
      object ?? mutations.before ?? UNKNOWN,
      mutations,
      (same) => same,
    );
    if (mutated instanceof ApiError) return mutated;
    const refusal = yield* this.webhooks.validated(attributes, object === null ? null : mutated, mutations);
    if (refusal !== null || !mutations.isChanged) return refusal;
    return (actual) => mutations.replayed(actual);
  }

  private mutate<K extends ApiKind>(
    attributes: AdmissionAttributes,
    object: ApiObject<K>,
    done: Admitted<ApiObject<K>>,
  ): void {
    const mutated = this.builtIn(attributes, object);
    if (mutated instanceof ApiError) return done(mutated);
    const webhooks = this.webhooks.covering(attributes);
    if (webhooks.length > 0) {
      const mutations = new Mutations(attributes.kind, webhooks, null, this.complete);
      return runSteps(this.asked(attributes, mutated, mutations), (answer) => {
        if (answer instanceof ApiError) done(answer);
        else this.book(attributes, answer as ApiObject<K>, done);
      });
    }
    const refusal = this.validate(attributes, mutated);
    if (refusal !== null) done(refusal);
    else this.book(attributes, mutated as ApiObject<K>, done);
  }

  private *asked(
    attributes: AdmissionAttributes,
    object: ApiObject,
    mutations: Mutations,
  ): Steps<ApiObject | ApiError> {
    const mutated = yield* this.mutatedTwice(attributes, object, mutations, (made) => this.builtIn(attributes, made));
    if (mutated instanceof ApiError) return mutated;
    const refusal =
      this.validate(attributes, mutated) ?? (yield* this.webhooks.validated(attributes, mutated, mutations));
    return refusal ?? mutated;
  }

  /** When webhooks have changed something, plugins and those webhooks that want to see it again do so, once. */
  private *mutatedTwice(
    attributes: AdmissionAttributes,
    object: ApiObject,
    mutations: Mutations,
    plugins: (object: ApiObject) => ApiObject | ApiError,
  ): Steps<ApiObject | ApiError> {
    const first = yield* this.webhooks.mutated(attributes, object, mutations);
    if (first instanceof ApiError || !mutations.isChanged) return first;
    const again = plugins(first);
    if (again instanceof ApiError) return again;
    mutations.again(again !== first && !sameValue(again, first));
    return yield* this.webhooks.mutated(attributes, again, mutations);
  }

  /** What plugins only check, in what mutating webhooks have made of the object. */
  private validate({ kind, namespace }: AdmissionAttributes, object: ApiObject): ApiError | null {
    if (kind === "pods") return this.pods.validate(object as Pod);
    if (kind === "persistentVolumeClaims") return rangeRefusal(kind, object as never, this.pods.ranges(namespace));
    return null;
  }

  private builtIn({ kind }: AdmissionAttributes, object: ApiObject): ApiObject | ApiError {
    switch (kind) {
      case "pods":
        return this.pods.admit(object as Pod);
      case "nodes":
        return withTaint(object as Node);
      case "persistentVolumeClaims":
        return withProtection(kind, defaultClaim(object as PersistentVolumeClaim, this.pods.defaults()));
      case "persistentVolumes":
        return withProtection(kind, object);
      default:
        return object;
    }
  }

  private book<K extends ApiKind>(
    { kind, namespace }: AdmissionAttributes,
    object: ApiObject<K>,
    done: Admitted<ApiObject<K>>,
  ): void {
    if (!this.quotas.concerns(kind, namespace)) return done(object);
    this.quotas.admit(kind, namespace, object, (refusal) => done(refusal ?? object));
  }
}

// nobody has seen that the node is ready
function withTaint(node: Node): Node {
  const taints = node.spec?.taints ?? [];
  if (taints.some(({ key, effect }) => key === NOT_READY_TAINT.key && effect === NOT_READY_TAINT.effect)) return node;
  return { ...node, spec: { ...node.spec, taints: [...taints, NOT_READY_TAINT] } };
}
