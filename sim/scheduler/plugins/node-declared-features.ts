// NodeDeclaredFeatures: matches features that pods need with features that nodes declare (KEP-5328). No pod field that the
// simulator reads needs one, so its filter is always skipped.
import { type PluginFactory, status } from "../framework.ts";

const NAME = "NodeDeclaredFeatures";

export const nodeDeclaredFeatures: PluginFactory = () => {
  const skip = { status: status("Skip", NAME) };
  return {
    name: NAME,
    preFilter: () => skip,
    filter: () => null,
    signPod: () => "",
  };
};
