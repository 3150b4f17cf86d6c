// All actions. A new one is one file under verbs/ and one line here.
import type { Verb } from "./verb.ts";
import { apply } from "./verbs/apply.ts";
import { cordon, uncordon } from "./verbs/cordon.ts";
import { create } from "./verbs/create.ts";
import { deleteVerb } from "./verbs/delete.ts";
import { drain } from "./verbs/drain.ts";
import { evict } from "./verbs/evict.ts";
import { annotate, label } from "./verbs/label.ts";
import { patch } from "./verbs/patch.ts";
import { rolloutPause, rolloutResume } from "./verbs/rollout-pause.ts";
import { rolloutRestart } from "./verbs/rollout-restart.ts";
import { rolloutUndo } from "./verbs/rollout-undo.ts";
import { scale } from "./verbs/scale.ts";
import { setEnv } from "./verbs/set-env.ts";
import { setImage } from "./verbs/set-image.ts";
import { taint } from "./verbs/taint.ts";

export const VERBS: readonly Verb[] = [
  apply,
  create,
  scale,
  setImage,
  setEnv,
  rolloutRestart,
  rolloutUndo,
  rolloutPause,
  rolloutResume,
  patch,
  label,
  annotate,
  deleteVerb,
  cordon,
  uncordon,
  taint,
  drain,
  evict,
];
