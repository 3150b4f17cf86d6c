// Which flow a request belongs to: the first schema, by precedence and name, whose rules match it. Source: the matching rules of API
// priority and fairness.
import type { FlowSchema } from "../../model/objects.ts";
import type { Request } from "../exchange.ts";
import type { Identity } from "../identity.ts";
import { groupOf, resourceOf } from "../kind-rules.ts";

type Rule = NonNullable<NonNullable<FlowSchema["spec"]>["rules"]>[number];
type ResourceRule = NonNullable<Rule["resourceRules"]>[number];

/** By precedence, then by name. */
export function inOrder(schemas: readonly FlowSchema[]): FlowSchema[] {
  const precedence = ({ spec }: FlowSchema) => spec?.matchingPrecedence ?? 1000;
  return [...schemas].sort((a, b) => precedence(a) - precedence(b) || (a.metadata.name < b.metadata.name ? -1 : 1));
}

export function matches({ spec }: FlowSchema, request: Request): boolean {
  return (spec?.rules ?? []).some(
    (rule) =>
      rule.subjects.some((subject) => isSubject(subject, request.client.identity)) &&
      (rule.resourceRules ?? []).some((resource) => isCovered(resource, request)),
  );
}

/** What tells flows of one schema apart. */
export function distinguisherOf({ spec }: FlowSchema, { client, namespace }: Request): string {
  switch (spec?.distinguisherMethod?.type) {
    case "ByUser":
      return client.identity.user;
    case "ByNamespace":
      return namespace;
    default:
      return "";
  }
}

function isSubject(subject: Rule["subjects"][number], { groups, user }: Identity): boolean {
  switch (subject.kind) {
    case "User":
      return subject.user?.name === "*" || subject.user?.name === user;
    case "Group":
      return subject.group?.name === "*" || groups.includes(subject.group?.name ?? "");
    case "ServiceAccount": {
      const { name = "", namespace = "" } = subject.serviceAccount ?? {};
      const prefix = `system:serviceaccount:${namespace}:`;
      return name === "*" ? user.startsWith(prefix) : user === prefix + name;
    }
    default:
      return false;
  }
}

function isCovered(rule: ResourceRule, { kind, namespace, subresource, verb }: Request): boolean {
  if (!rule.verbs.includes("*") && !rule.verbs.includes(verb)) return false;
  if (!rule.apiGroups.includes("*") && !rule.apiGroups.includes(groupOf(kind))) return false;
  const resource = subresource === "" ? resourceOf(kind) : `${resourceOf(kind)}/${subresource}`;
  if (!rule.resources.includes("*") && !rule.resources.includes(resource)) return false;
  if (namespace === "") return rule.clusterScope === true;
  const namespaces = rule.namespaces ?? [];
  return namespaces.includes("*") || namespaces.includes(namespace);
}
