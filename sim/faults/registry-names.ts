// What a scenario may say about faults: the declarations of all kinds, without what they do.
import type { FaultDeclaration } from "../model/fault-plan.ts";
import { FAULT_KINDS } from "./registry.ts";

export const FAULT_DECLARATIONS: readonly FaultDeclaration[] = FAULT_KINDS;
