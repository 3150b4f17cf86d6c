// Admission of one server: what stands between an authorized request and the store, in upstream's order. NamespaceLifecycle, LimitRanger,
// ServiceAccount, TaintNodesByCondition, PodSecurity, Priority, DefaultTolerationSeconds, DefaultStorageClass, then webhooks, then
// ResourceQuota. Most requests pass at once; those that a webhook or a quota concerns come back later.
import type { Engine } from "../../engine/engine.ts";
import { defaultClaim } from "../../model/defaults.ts";
import type { Namespace, Node, PersistentVolumeClaim, Pod } from "../../model/objects.ts";
import { ApiError, type ApiKind, type ApiObject } from "../client.ts";
import { type AdmissionAttributes, type AdmissionCaches, cachedObject } from "./attributes.ts";
import { rangeRefusal } from "./limit-ranger.ts";
import { namespaceRefusal } from "./namespace-lifecycle.ts";
import { PodAdmission } from "./pod-admission.ts";
import { type ChangeQuota, QuotaAdmission } from "./resource-quota.ts";
import { type Answers, WebhookCalls, type WebhookFaults } from "./webhook-calls.ts";

/** Reads a namespace from the store: the cache may not have heard of it yet. */
export type FindNamespace = (name: string, done: (answer: Namespace | ApiError) => void) => void;

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

const NOT_READY_TAINT = { key: "node.kubernetes.io/not-ready", effect: "NoSchedule" } as const;

export class Admission {
  private readonly caches: AdmissionCaches;
  private readonly pods: PodAdmission;
  private readonly quotas: QuotaAdmission;
  private readonly webhooks: WebhookCalls;
  private readonly findNamespace: FindNamespace;

  constructor(
    engine: Engine,
    caches: AdmissionCaches,
    faults: WebhookFaults,
    answers: Answers,
    changeQuota: ChangeQuota,
    findNamespace: FindNamespace,
  ) {
    this.caches = caches;
    this.pods = new PodAdmission(caches);
    this.quotas = new QuotaAdmission(caches, changeQuota);
    this.webhooks = new WebhookCalls(engine, caches, faults, answers);
    this.findNamespace = findNamespace;
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

  /** Of a change or deletion of what is there: null when it may be made, at once or later. */
  review(attributes: AdmissionAttributes, done: (refusal: ApiError | null) => void): void {
    const { kind, name, namespace } = attributes;
    // what is there stays as long as its namespace
    const refusal = kind === "namespaces" ? namespaceRefusal(attributes, undefined) : null;
    if (refusal !== null) return done(refusal);
    const key = namespace === "" ? name : `${namespace}/${name}`;
    const concerned = this.webhooks.concerned(attributes, this.caches.get(kind)?.get(key)?.object ?? null);
    if (concerned.length === 0) done(null);
    else this.webhooks.call(concerned, done);
  }

  private mutate<K extends ApiKind>(
    attributes: AdmissionAttributes,
    object: ApiObject<K>,
    done: Admitted<ApiObject<K>>,
  ): void {
    const mutated = this.builtIn(attributes, object);
    if (mutated instanceof ApiError) return done(mutated);
    const concerned = this.webhooks.concerned(attributes, mutated);
    if (concerned.length === 0) return this.book(attributes, mutated as ApiObject<K>, done);
    this.webhooks.call(concerned, (refusal) => {
      if (refusal !== null) done(refusal);
      else this.book(attributes, mutated as ApiObject<K>, done);
    });
  }

  private builtIn({ kind, namespace }: AdmissionAttributes, object: ApiObject): ApiObject | ApiError {
    switch (kind) {
      case "pods":
        return this.pods.admit(object as Pod);
      case "nodes":
        return withTaint(object as Node);
      case "persistentVolumeClaims": {
        const claim = defaultClaim(object as PersistentVolumeClaim, this.pods.defaults());
        return rangeRefusal(kind, claim, this.pods.ranges(namespace)) ?? claim;
      }
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
