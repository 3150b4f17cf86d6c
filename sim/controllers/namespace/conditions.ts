// The conditions of a namespace that is being deleted. Source: behaviour of the namespaced resources deleter (1.36).
import type { ApiKind } from "../../apiserver/client.ts";
import type { Condition } from "../../model/objects.ts";
import { qualifiedResourceOf } from "./resource-names.ts";

export interface Contents {
  readonly remaining: ReadonlyMap<ApiKind, number>;
  readonly finalizers: ReadonlyMap<string, number>;
  readonly errors: readonly string[];
}

export const NOTHING_LEFT: Contents = { remaining: new Map(), finalizers: new Map(), errors: [] };

/** The same list when nothing has changed. */
export function deletionConditions(
  before: readonly Condition[],
  { errors, finalizers, remaining }: Contents,
  timestamp: string,
): readonly Condition[] {
  const wanted: readonly (readonly [type: string, status: string, reason: string, message: string])[] = [
    ["NamespaceDeletionDiscoveryFailure", "False", "ResourcesDiscovered", "All resources successfully discovered"],
    [
      "NamespaceDeletionGroupVersionParsingFailure",
      "False",
      "ParsedGroupVersions",
      "All legacy kube types successfully parsed",
    ],
    errors.length > 0
      ? [
          "NamespaceDeletionContentFailure",
          "True",
          "ContentDeletionFailed",
          `Failed to delete all resource types, ${errors.length} remaining: ${errors.join(", ")}`,
        ]
      : [
          "NamespaceDeletionContentFailure",
          "False",
          "ContentDeleted",
          "All content successfully deleted, may be waiting on finalization",
        ],
    remaining.size > 0
      ? [
          "NamespaceContentRemaining",
          "True",
          "SomeResourcesRemain",
          `Some resources are remaining: ${listOf(remaining, (kind, count) => `${qualifiedResourceOf(kind)} has ${count} resource instances`)}`,
        ]
      : ["NamespaceContentRemaining", "False", "ContentRemoved", "All content successfully removed"],
    finalizers.size > 0
      ? [
          "NamespaceFinalizersRemaining",
          "True",
          "SomeFinalizersRemain",
          `Some content in the namespace has finalizers remaining: ${listOf(finalizers, (name, count) => `${name} in ${count} resource instances`)}`,
        ]
      : [
          "NamespaceFinalizersRemaining",
          "False",
          "ContentHasNoFinalizers",
          "All content-preserving finalizers finished",
        ],
  ];
  let conditions = before;
  for (const [type, status, reason, message] of wanted) {
    const at = conditions.findIndex((condition) => condition.type === type);
    const known = conditions[at];
    if (known?.status === status && known.reason === reason && known.message === message) continue;
    const made: Condition = { type, status, lastTransitionTime: timestamp, reason, message };
    conditions = at < 0 ? [...conditions, made] : conditions.map((condition, i) => (i === at ? made : condition));
  }
  return conditions;
}

function listOf<K extends string>(counts: ReadonlyMap<K, number>, text: (key: K, count: number) => string): string {
  return [...counts]
    .map(([key, count]) => text(key, count))
    .sort()
    .join(", ");
}
