// DynamicResources, as it behaves for pods without resource claims: it skips filtering, scores 0 and has nothing to deallocate.
// Claims themselves are not modelled: a pod that has some is treated as if it had none, and loaders say so.
import { type PluginFactory, status } from "../framework.ts";

const NAME = "DynamicResources";

export const dynamicResources: PluginFactory = () => {
  const skip = { status: status("Skip", NAME) };
  const empty = { clone: () => empty };
  const nothing = { nominatedNodeName: null, victims: [], pdbViolations: 0 };
  const noClaims = { ...nothing, status: status("Unschedulable", NAME, "no new claims to deallocate") };
  // what reading a state that PreFilter never wrote comes to
  const noState = { ...nothing, status: status("Error", NAME, "not found") };
  return {
    name: NAME,
    preEnqueue: () => null,
    preFilter(state) {
      state.write(NAME, empty);
      return skip;
    },
    filter: () => null,
    postFilter: (state) => (state.tryRead(NAME) === undefined ? noState : noClaims),
    score: () => 0,
    signPod: () => "",
  };
};
