// NodePorts: host ports that the pod asks for must be free on the node. The address 0.0.0.0 conflicts with all addresses.
import { type PluginFactory, status } from "../framework.ts";
import type { HostPort } from "../shape.ts";

const NAME = "NodePorts";
const ANY_ADDRESS = "0.0.0.0";

export function portsConflict(a: HostPort, b: HostPort): boolean {
  return (
    a.port === b.port && a.protocol === b.protocol && (a.ip === b.ip || a.ip === ANY_ADDRESS || b.ip === ANY_ADDRESS)
  );
}

/** Is one of the wanted ports taken? */
export function anyPortTaken(wanted: readonly HostPort[], used: readonly HostPort[]): boolean {
  for (const port of wanted) for (const taken of used) if (portsConflict(port, taken)) return true;
  return false;
}

export const nodePorts: PluginFactory = () => {
  const taken = status("Unschedulable", NAME, "node(s) didn't have free ports for the requested pod ports");
  const skip = { status: status("Skip", NAME) };
  const go = { status: null };
  return {
    name: NAME,
    filtersByNodeAlone: true,
    preFilter: (_state, pod) => (pod.shape.hostPorts.length === 0 ? skip : go),
    filter: (_state, pod, node) => (anyPortTaken(pod.shape.hostPorts, node.usedPorts) ? taken : null),
    signPod: (pod) => JSON.stringify(pod.shape.hostPorts),
  };
};
