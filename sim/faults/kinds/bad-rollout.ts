// badRollout: somebody rolls out a new version that is broken: its pods crash, or never get ready, some or all of them. When it ends, the
// version is right again for pods that start from then on; the rollout itself stays, unless `rollback`.
import { SECOND } from "../../engine/tick.ts";
import type { PodTemplateSpec } from "../../model/objects.ts";
import { ANY_ONE, faultKind } from "../kind.ts";
import { someOf, workloadOf } from "../workload-pods.ts";

/** On the template, and so on the pods, of the version that is broken. */
const VERSION = "kubedrill.io/bad-rollout";

export const badRollout = faultKind({
  name: "badRollout",
  doc: "A new version of workloads is rolled out of which a share of the pods crashes or never gets ready.",
  example:
    "{ at: 5m, badRollout: { workload: deployment/web, fails: crash, affected: 30%, for: 20m, rollback: true } }",
  layer: "workloads",
  parameters: {
    fails: {
      type: "choice",
      words: ["crash", "neverReady"],
      default: "crash",
      doc: "What is wrong with the new pods.",
    },
    affected: { type: "share", max: 1, default: 1, doc: "Share of the new pods, drawn for each." },
    after: { type: "duration", default: 2 * SECOND, doc: "crash: from a start to the exit." },
    rollback: { type: "flag", default: false, doc: "When it ends, the template is what it was before." },
  },
  selection: ANY_ONE,
  isSelectable: true,
  course: "lasting",
  hasDuration: true,
  defaultForMicros: null,
  needsRunning: false,
  simpler: ["crashLoop"],
  inject(run, { affected, after, fails, rollback }) {
    const { id, names, occurrence, world } = run;
    const version = `${id.replace(/[^\w.-]/g, "-")}-${occurrence}`;
    const isNew = someOf(run, ({ metadata }) => metadata.annotations?.[VERSION] === version, affected);
    const undo = fails === "crash" ? world.nodes.crashLoop(isNew, after, 1) : world.nodes.neverReady(isNew);
    const before = names.map((name) => templateOf(world.objects.get(...workloadOf(name))));
    const setTemplate = (name: string, change: (template: PodTemplateSpec) => PodTemplateSpec) =>
      world.operator.patch(...workloadOf(name), (object) => {
        const { spec } = object as unknown as { readonly spec: { readonly template: PodTemplateSpec } };
        return { ...object, spec: { ...spec, template: change(spec.template) } } as never;
      });
    for (const name of names) {
      setTemplate(name, (template) => {
        const annotations = { ...template.metadata?.annotations, [VERSION]: version };
        return { ...template, metadata: { ...template.metadata, annotations } };
      });
    }
    return () => {
      undo();
      if (!rollback) return;
      names.forEach((name, i) => {
        const template = before[i];
        if (template !== undefined) setTemplate(name, () => template);
      });
    };
  },
});

function templateOf(object: unknown): PodTemplateSpec | undefined {
  return (object as { readonly spec?: { readonly template?: PodTemplateSpec } } | undefined)?.spec?.template;
}
