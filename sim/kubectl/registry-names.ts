// What a scenario may say about actions: the declarations of all verbs, without what they do.
import type { ActionDeclaration } from "../model/action-plan.ts";
import { VERBS } from "./registry.ts";

export const ACTION_DECLARATIONS: readonly ActionDeclaration[] = VERBS;
