// dnsOutage: the cluster's DNS does not answer: its pods hang, and so do those that are started in their place.
import { MINUTE } from "../../engine/tick.ts";
import type { Pod } from "../../model/objects.ts";
import { faultKind } from "../kind.ts";

/** The label of the pods of CoreDNS and of kube-dns. */
const LABEL = "k8s-app";
const VALUE = "kube-dns";

export const dnsOutage = faultKind({
  name: "dnsOutage",
  doc: "Pods of the cluster's DNS (k8s-app=kube-dns in kube-system) answer nothing until it ends; then they are restarted.",
  example: "{ at: 5m, dnsOutage: { for: 10m } }",
  layer: "cluster",
  parameters: {},
  selection: {},
  isSelectable: false,
  course: "lasting",
  hasDuration: true,
  defaultForMicros: 10 * MINUTE,
  needsRunning: false,
  inject({ world }) {
    const isDns = ({ metadata }: Pod) => metadata.namespace === "kube-system" && metadata.labels?.[LABEL] === VALUE;
    const pods = () =>
      world.objects
        .list("pods")
        .filter(isDns)
        .map(({ metadata }) => `kube-system/${metadata.name}`);
    const undo = world.nodes.neverReady(isDns);
    for (const key of pods()) world.nodes.hangPod(key);
    return () => {
      undo();
      for (const key of pods()) world.nodes.killPod(key);
    };
  },
});
