// Which requests a webhook is asked about: its rules and selectors, compiled. Configurations of webhooks themselves are never asked about.
// Source: behaviour of the webhook admission plugins, 1.36.
import type { Namespace, WebhookConfiguration, WebhookRule } from "../../model/objects.ts";
import { compileLabelSelector, type LabelMatcher } from "../../model/selectors.ts";
import type { ApiKind, ApiObject } from "../client.ts";
import { groupOf, resourceOf } from "../kind-rules.ts";
import { type AdmissionAttributes, type AdmissionCaches, cachedObject } from "./attributes.ts";

export type Webhook = NonNullable<WebhookConfiguration["webhooks"]>[number];

/** A webhook with its configuration, ready to be matched. */
export interface CompiledWebhook {
  readonly configuration: WebhookConfiguration;
  readonly isMutating: boolean;
  readonly webhook: Webhook;
  readonly namespaces: LabelMatcher;
  readonly objects: LabelMatcher;
}

const EXEMPT: ReadonlySet<ApiKind> = new Set<ApiKind>([
  "validatingWebhookConfigurations",
  "mutatingWebhookConfigurations",
]);

/** In the order in which they are asked: mutating before validating, configurations by name. */
export function compileWebhooks(caches: AdmissionCaches): readonly CompiledWebhook[] {
  const compiled: CompiledWebhook[] = [];
  for (const kind of ["mutatingWebhookConfigurations", "validatingWebhookConfigurations"] as const) {
    const configurations = [...(caches.get(kind)?.list() ?? [])] as WebhookConfiguration[];
    configurations.sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
    for (const configuration of configurations) {
      for (const webhook of configuration.webhooks ?? []) {
        compiled.push({
          configuration,
          isMutating: kind === "mutatingWebhookConfigurations",
          webhook,
          namespaces: compileLabelSelector(webhook.namespaceSelector ?? {}),
          objects: compileLabelSelector(webhook.objectSelector ?? {}),
        });
      }
    }
  }
  return compiled;
}

/** @param object what is to be stored, or what is there; null for none */
export function isAskedAbout(
  { webhook, namespaces, objects }: CompiledWebhook,
  attributes: AdmissionAttributes,
  object: ApiObject | null,
  caches: AdmissionCaches,
): boolean {
  if (EXEMPT.has(attributes.kind)) return false;
  if (!(webhook.rules ?? []).some((rule) => isCovered(rule, attributes))) return false;
  if (!objects.isEmpty && !objects.matches(object?.metadata.labels ?? {})) return false;
  if (namespaces.isEmpty) return true;
  const { kind, namespace } = attributes;
  // what is in no namespace is not chosen by namespaces, but a namespace by its own labels
  if (kind === "namespaces") return namespaces.matches(object?.metadata.labels ?? {});
  if (namespace === "") return true;
  return namespaces.matches(
    labelsOf(cachedObject(caches, "namespaces", namespace) as Namespace | undefined, namespace),
  );
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
