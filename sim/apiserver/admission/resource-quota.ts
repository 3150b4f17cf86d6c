// ResourceQuota: refuses what would use more than a namespace has, and books what it lets through in the quotas' status, several requests
// of a namespace in one write. Source: behaviour of the admission plugin, 1.36. What fails later stays booked until the controller counts.
import type { ResourceQuota } from "../../model/objects.ts";
import { parseQuantity } from "../../model/quantity.ts";
import { quantityText } from "../../model/quantity-text.ts";
import { isInScope, type Usage, usageOf } from "../../model/quota-usage.ts";
import { ApiError, type ApiKind, type ApiObject } from "../client.ts";
import { forbidden } from "../refusals.ts";
import type { Verdict } from "../verbs.ts";
import type { AdmissionCaches } from "./attributes.ts";

/** Writes the status of a quota. */
export type ChangeQuota = (
  key: string,
  decide: (before: ResourceQuota) => Verdict<"resourceQuotas">,
  done: (answer: ResourceQuota | ApiError) => void,
) => void;

interface Waiting {
  readonly kind: ApiKind;
  readonly name: string;
  readonly object: ApiObject;
  readonly usage: Usage;
  readonly done: (refusal: ApiError | null) => void;
  refusal: ApiError | null;
}

/** Containers must say these where a quota counts them. */
const REQUIRED = ["cpu", "memory"] as const;

export class QuotaAdmission {
  private readonly caches: AdmissionCaches;
  private readonly change: ChangeQuota;
  private readonly waiting = new Map<string, Waiting[]>();
  private readonly busy = new Set<string>();

  constructor(caches: AdmissionCaches, change: ChangeQuota) {
    this.caches = caches;
    this.change = change;
  }

  /** Has the namespace quotas that may count this kind? */
  concerns(kind: ApiKind, namespace: string): boolean {
    if (kind === "events" || kind === "leases" || namespace === "") return false;
    const cache = this.caches.get("resourceQuotas");
    return cache !== undefined && cache.size > 0 && cache.inNamespace(namespace).length > 0;
  }

  /** The process has died: nobody waits any more. */
  reset(): void {
    this.waiting.clear();
    this.busy.clear();
  }

  admit(kind: ApiKind, namespace: string, object: ApiObject, done: (refusal: ApiError | null) => void): void {
    const entry: Waiting = {
      kind,
      name: object.metadata.name,
      object,
      usage: usageOf(kind, object),
      done,
      refusal: null,
    };
    const list = this.waiting.get(namespace);
    if (list === undefined) this.waiting.set(namespace, [entry]);
    else list.push(entry);
    if (!this.busy.has(namespace)) this.next(namespace);
  }

  private next(namespace: string): void {
    const batch = this.waiting.get(namespace) ?? [];
    this.waiting.delete(namespace);
    if (batch.length === 0) return;
    this.busy.add(namespace);
    const quotas = (this.caches.get("resourceQuotas")?.inNamespace(namespace) ?? []) as ResourceQuota[];
    this.book(quotas, 0, batch, () => {
      this.busy.delete(namespace);
      for (const { done, refusal } of batch) done(refusal);
      if (!this.busy.has(namespace)) this.next(namespace);
    });
  }

  // one quota after the other; who was refused by one is not booked in the next
  private book(quotas: readonly ResourceQuota[], at: number, batch: readonly Waiting[], then: () => void): void {
    const quota = quotas[at];
    if (quota === undefined) return then();
    const own = batch.filter(
      (entry) => entry.refusal === null && isInScope(quota, entry.kind, entry.object) && isCounted(quota, entry.usage),
    );
    if (own.length === 0) return this.book(quotas, at + 1, batch, then);
    const key = `${quota.metadata.namespace ?? "default"}/${quota.metadata.name}`;
    const decide = (before: ResourceQuota): Verdict<"resourceQuotas"> => {
      let after = before;
      for (const entry of own) {
        const result = charged(after, entry);
        entry.refusal = result instanceof ApiError ? result : null;
        if (!(result instanceof ApiError)) after = result;
      }
      return { remove: false, object: after };
    };
    this.change(key, decide, (answer) => {
      // a quota that is gone limits nothing
      if (answer instanceof ApiError && answer.reason !== "NotFound") for (const entry of own) entry.refusal = answer;
      this.book(quotas, at + 1, batch, then);
    });
  }
}

function isCounted({ spec }: ResourceQuota, usage: Usage): boolean {
  return Object.keys(spec?.hard ?? {}).some((name) => usage.has(name) || REQUIRED.some((one) => name.endsWith(one)));
}

function charged(quota: ResourceQuota, { kind, name, object, usage }: Waiting): ResourceQuota | ApiError {
  const { metadata, spec, status } = quota;
  const missing = kind === "pods" ? missingOf(spec?.hard ?? {}, object) : "";
  if (missing !== "") return forbidden(kind, name, `failed quota: ${metadata.name}: must specify ${missing}`);
  const hard = status?.hard;
  const names = Object.keys(spec?.hard ?? {})
    .filter((resource) => usage.has(resource))
    .sort();
  if (names.length === 0) return quota;
  if (hard == null)
    return forbidden(kind, name, `status unknown for quota: ${metadata.name}, resources: ${names.join(",")}`);
  const used: Record<string, string | number> = { ...status?.used };
  const exceeded: string[] = [];
  for (const resource of names) {
    const limit = hard[resource];
    if (limit === undefined) continue;
    const before = used[resource] ?? 0;
    const total = parseQuantity(before) + (usage.get(resource) as bigint);
    if (total > parseQuantity(limit)) exceeded.push(resource);
    used[resource] = quantityText(total, parseQuantity(before) === 0n ? limit : before);
  }
  if (exceeded.length > 0) {
    const list = (amount: (resource: string) => string | number) =>
      exceeded.map((resource) => `${resource}=${amount(resource)}`).join(",");
    const requested = list((resource) => quantityText(usage.get(resource) as bigint, hard[resource] as string));
    const was = list((resource) => status?.used?.[resource] ?? 0);
    const limited = list((resource) => hard[resource] as string);
    const text = `exceeded quota: ${metadata.name}, requested: ${requested}, used: ${was}, limited: ${limited}`;
    return forbidden(kind, name, text);
  }
  return { ...quota, status: { ...status, hard, used } };
}

function missingOf(hard: Readonly<Record<string, unknown>>, object: ApiObject): string {
  const { containers } = (object as { readonly spec: { readonly containers: readonly ContainerLike[] } }).spec;
  const missing: string[] = [];
  for (const resource of Object.keys(hard).sort()) {
    const [what, one] = resource.startsWith("limits.")
      ? (["limits", resource.slice("limits.".length)] as const)
      : (["requests", resource.replace(/^requests\./, "")] as const);
    if (!(REQUIRED as readonly string[]).includes(one)) continue;
    const without = containers.filter(({ resources }) => resources?.[what]?.[one] === undefined);
    if (without.length > 0) missing.push(`${resource} for: ${without.map(({ name }) => name).join(",")}`);
  }
  return missing.join("; ");
}

interface ContainerLike {
  readonly name: string;
  readonly resources?: {
    readonly requests?: Readonly<Record<string, unknown>> | null;
    readonly limits?: Readonly<Record<string, unknown>> | null;
  } | null;
}
