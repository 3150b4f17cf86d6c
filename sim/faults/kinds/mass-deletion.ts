// massDeletion: many objects are deleted at once, as when a GitOps tool prunes what it should not, or somebody is in the wrong cluster.
import { faultKind } from "../kind.ts";
import { draw } from "../targets.ts";

export const massDeletion = faultKind({
  name: "massDeletion",
  doc: "Objects of a kind are deleted at once, by somebody who may.",
  example: "{ at: 5m, massDeletion: { what: deployments, share: 60% } }",
  layer: "cluster",
  parameters: {
    what: {
      type: "choice",
      words: ["namespaces", "deployments", "statefulSets", "daemonSets", "services", "pods", "nodes", "jobs"],
      default: "deployments",
      doc: "The kind.",
    },
    share: { type: "share", max: 1, default: 1, doc: "Of those there are, drawn at random, at least one." },
    namespaces: {
      type: "names",
      doc: "Only in these namespaces, or only these; by default all but those of the system.",
    },
  },
  selection: {},
  isSelectable: true,
  course: "instant",
  hasDuration: false,
  defaultForMicros: null,
  needsRunning: false,
  simpler: ["podKill"],
  inject(run, { namespaces, share, what }) {
    const { world } = run;
    const kind = what as "deployments";
    const isMeant = (namespace: string) => namespaces?.includes(namespace) ?? !isSystem(namespace);
    const objects = world.objects
      .list(kind)
      .filter(({ metadata: { name, namespace } }) =>
        what === "nodes" ? true : isMeant(what === "namespaces" ? name : (namespace ?? "default")),
      );
    const wanted = Math.max(1, Math.round(objects.length * share));
    for (const { metadata } of draw(objects, wanted, run.stream("which"))) {
      const isNamespaced = what !== "nodes" && what !== "namespaces";
      world.operator.delete(kind, isNamespaced ? `${metadata.namespace ?? "default"}/${metadata.name}` : metadata.name);
    }
    return undefined;
  },
});

// the API server itself protects these, or nobody means them
function isSystem(namespace: string): boolean {
  return namespace.startsWith("kube-");
}
