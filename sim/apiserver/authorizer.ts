// Who may do what: roles of the components, Roles and ClusterRoles of the scenario by their bindings, and what faults took away.
// Members of system:masters may do everything, also when RBAC is not loaded. Source: behaviour of kube-apiserver's RBAC authorizer.
import { KNOWN_KINDS } from "../model/kinds.ts";
import type { PolicyRule, Role, RoleBinding } from "../model/objects.ts";
import { BUILT_IN_ROLES } from "./built-in-roles.ts";
import type { ApiKind, ApiObject } from "./client.ts";
import type { Identity } from "./identity.ts";
import { groupOf, resourceOf } from "./kind-rules.ts";

/** What is asked for. */
export interface Attributes {
  readonly verb: string;
  readonly kind: ApiKind;
  /** "" for none. */
  readonly subresource: string;
  /** "" for the whole cluster. */
  readonly namespace: string;
  readonly name: string;
}

/** Roles and bindings as the API has them. */
export type RbacObjects = (
  kind: "roles" | "clusterRoles" | "roleBindings" | "clusterRoleBindings",
) => readonly ApiObject[];

const RBAC_KINDS: ReadonlySet<ApiKind> = new Set<ApiKind>([
  "roles",
  "clusterRoles",
  "roleBindings",
  "clusterRoleBindings",
]);

const KIND_INDEX: ReadonlyMap<ApiKind, number> = new Map(KNOWN_KINDS.map(({ list }, i) => [list, i]));

export class Authorizer {
  /** Raised whenever an answer may be another one than before. */
  generation = 0;
  private readonly objects: RbacObjects;
  private readonly revoked = new Map<string, number>();

  constructor(objects: RbacObjects) {
    this.objects = objects;
  }

  /** An object of the API has changed. */
  changed(kind: ApiKind): void {
    if (RBAC_KINDS.has(kind)) this.generation++;
  }

  /** Users or members of the group have no rights any more until it is taken back; group, user or built-in role. */
  revoke(subject: string): () => void {
    this.revoked.set(subject, (this.revoked.get(subject) ?? 0) + 1);
    this.generation++;
    let isDone = false;
    return () => {
      if (isDone) return;
      isDone = true;
      this.generation++;
      const left = (this.revoked.get(subject) ?? 0) - 1;
      if (left > 0) this.revoked.set(subject, left);
      else this.revoked.delete(subject);
    };
  }

  /** A number for each kind. */
  indexOf(kind: ApiKind): number {
    return KIND_INDEX.get(kind) ?? 0;
  }

  allows(identity: Identity, attributes: Attributes): boolean {
    if (this.revoked.size > 0 && this.isRevoked(identity)) return false;
    for (const role of BUILT_IN_ROLES) {
      if (this.revoked.has(role.name)) continue;
      if (!role.subjects.some((subject) => identity.user === subject || identity.groups.includes(subject))) continue;
      if (role.rules.some((rule) => covers(rule, attributes))) return true;
    }
    for (const binding of this.objects("clusterRoleBindings")) {
      if (this.grants(binding as RoleBinding, identity, attributes)) return true;
    }
    if (attributes.namespace === "") return false;
    for (const binding of this.objects("roleBindings")) {
      if (binding.metadata.namespace !== attributes.namespace) continue;
      if (this.grants(binding as RoleBinding, identity, attributes)) return true;
    }
    return false;
  }

  private isRevoked({ user, groups }: Identity): boolean {
    return this.revoked.has(user) || groups.some((group) => this.revoked.has(group));
  }

  private grants(binding: RoleBinding, identity: Identity, attributes: Attributes): boolean {
    const { roleRef, subjects, metadata } = binding;
    if (this.revoked.has(roleRef.name)) return false;
    if (!(subjects ?? []).some((subject) => isSubject(subject, identity, metadata.namespace))) return false;
    const isCluster = roleRef.kind === "ClusterRole";
    const role = this.objects(isCluster ? "clusterRoles" : "roles").find(
      (object) =>
        object.metadata.name === roleRef.name && (isCluster || object.metadata.namespace === metadata.namespace),
    ) as Role | undefined;
    if (role === undefined) return roleRef.name === "cluster-admin" && isCluster;
    return (role.rules ?? []).some((rule) => covers(rule, attributes));
  }
}

type Subject = NonNullable<RoleBinding["subjects"]>[number];

function isSubject(subject: Subject, { user, groups }: Identity, bindingNamespace: string | undefined): boolean {
  switch (subject.kind) {
    case "User":
      return subject.name === user;
    case "Group":
      return groups.includes(subject.name);
    case "ServiceAccount":
      return user === `system:serviceaccount:${subject.namespace ?? bindingNamespace ?? "default"}:${subject.name}`;
    default:
      return false;
  }
}

function covers(rule: PolicyRule, { verb, kind, subresource, name }: Attributes): boolean {
  if (!rule.verbs.includes("*") && !rule.verbs.includes(verb)) return false;
  const groups = rule.apiGroups ?? [];
  if (!groups.includes("*") && !groups.includes(groupOf(kind))) return false;
  const resources = rule.resources ?? [];
  const resource = resourceOf(kind);
  const full = subresource === "" ? resource : `${resource}/${subresource}`;
  const isNamed =
    resources.includes("*") ||
    resources.includes(full) ||
    (subresource !== "" && (resources.includes(`*/${subresource}`) || resources.includes(`${resource}/*`)));
  if (!isNamed) return false;
  const names = rule.resourceNames ?? [];
  return names.length === 0 || names.includes(name);
}
