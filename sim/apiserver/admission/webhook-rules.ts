// Which requests a webhook is asked about: its rules and selectors, compiled. Configurations of webhooks themselves are never asked about.
// Source: behaviour of the webhook admission plugins, 1.36.
import type { Namespace, WebhookConfiguration, WebhookRule } from "../../model/objects.ts";
import { compileLabelSelector, type LabelMatcher } from "../../model/selectors.ts";
import { patchTextOf, readWebhookPatch, type WebhookPatch } from "../../model/webhook-patch.ts";
import type { ApiKind, ApiObject } from "../client.ts";
import { groupOf, resourceOf } from "../kind-rules.ts";
import type { AdmissionAttributes } from "./attributes.ts";

export type Webhook = NonNullable<WebhookConfiguration["webhooks"]>[number];

/** A webhook with its configuration, ready to be matched. */
export interface CompiledWebhook {
  readonly configuration: WebhookConfiguration;
  readonly isMutating: boolean;
  readonly webhook: Webhook;
  readonly namespaces: LabelMatcher;
  readonly objects: LabelMatcher;
  /** What it does to objects; null for nothing. */
  readonly patch: WebhookPatch | null;
}

const EXEMPT: ReadonlySet<ApiKind> = new Set<ApiKind>([
  "validatingWebhookConfigurations",
  "mutatingWebhookConfigurations",
]);

type Configurations = readonly WebhookConfiguration[];

/** In the order in which they are asked: mutating before validating, configurations by name. */
export function compileWebhooks(mutating: Configurations, validating: Configurations): readonly CompiledWebhook[] {
  return [...mutating]
    .sort(byName)
    .flatMap((configuration) => compiled(configuration, true))
    .concat([...validating].sort(byName).flatMap((configuration) => compiled(configuration, false)));
}

function byName({ metadata: a }: WebhookConfiguration, { metadata: b }: WebhookConfiguration): number {
  return a.name < b.name ? -1 : 1;
}

function compiled(configuration: WebhookConfiguration, isMutating: boolean): readonly CompiledWebhook[] {
  return (configuration.webhooks ?? []).map((webhook) => ({
    configuration,
    isMutating,
    webhook,
    namespaces: compileLabelSelector(webhook.namespaceSelector ?? {}),
    objects: compileLabelSelector(webhook.objectSelector ?? {}),
    patch: isMutating ? patchOf(configuration, webhook) : null,
  }));
}

export function isCoveredBy({ webhook }: CompiledWebhook, attributes: AdmissionAttributes): boolean {
  return !EXEMPT.has(attributes.kind) && (webhook.rules ?? []).some((rule) => isCovered(rule, attributes));
}

/**
 * By the selectors of a webhook whose rules cover the request.
 *
 * @param object what is to be stored, null when something is to be deleted
 * @param before what is there, null for nothing
 */
export function isAskedAbout(
  { namespaces, objects }: CompiledWebhook,
  attributes: AdmissionAttributes,
  object: ApiObject | null,
  before: ApiObject | null,
  findNamespace: (name: string) => Namespace | undefined,
): boolean {
  // either of the two is enough, but what is not there has no labels to choose it by
  if (!objects.isEmpty && ![object, before].some((one) => one !== null && objects.matches(one.metadata.labels ?? {})))
    return false;
  if (namespaces.isEmpty) return true;
  const { kind, namespace } = attributes;
  // what is in no namespace is not chosen by namespaces, but a namespace by its own labels
  if (kind === "namespaces") return namespaces.matches((object ?? before)?.metadata.labels ?? {});
  if (namespace === "") return true;
  return namespaces.matches(labelsOf(findNamespace(namespace), namespace));
}

// a text that cannot be read was refused with the scenario; in what comes later it does nothing
function patchOf(configuration: WebhookConfiguration, { name }: Webhook): WebhookPatch | null {
  const text = patchTextOf(configuration, name);
  const patch = text === undefined ? null : readWebhookPatch(text);
  return typeof patch === "string" ? null : patch;
}

function labelsOf(namespace: Namespace | undefined, name: string): Readonly<Record<string, string>> {
  return { ...namespace?.metadata.labels, "kubernetes.io/metadata.name": name };
}

function isCovered(rule: WebhookRule, { kind, namespace, operation, subresource }: AdmissionAttributes): boolean {
  if (!rule.operations.includes("*") && !rule.operations.includes(operation)) return false;
  if (!rule.apiGroups.includes("*") && !rule.apiGroups.includes(groupOf(kind))) return false;
  if (rule.scope === "Namespaced" && (namespace === "" || kind === "namespaces")) return false;
  if (rule.scope === "Cluster" && namespace !== "" && kind !== "namespaces") return false;
  const resource = resourceOf(kind);
  return rule.resources.some((named) => {
    const slash = named.indexOf("/");
    const own = slash < 0 ? named : named.slice(0, slash);
    const sub = slash < 0 ? "" : named.slice(slash + 1);
    if (own !== "*" && own !== resource) return false;
    return sub === "*" || sub === subresource;
  });
}
