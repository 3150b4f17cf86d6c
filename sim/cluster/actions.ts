// Actions as the fault process carries them out: they have the same triggers and ids, so they are entries among the faults, of kinds that run
// a verb of kubectl as a cluster administrator.
import type { Client } from "../apiserver/client.ts";
import type { Engine } from "../engine/engine.ts";
import { Lifetime } from "../engine/lifetime.ts";
import { runSteps } from "../engine/steps.ts";
import { MILLISECOND } from "../engine/tick.ts";
import type { FaultKind } from "../faults/kind.ts";
import { Command } from "../kubectl/command.ts";
import { VERBS } from "../kubectl/registry.ts";
import type { ActionRecorder } from "../metrics/action-recorder.ts";
import type { ActionPlan } from "../model/action-plan.ts";
import type { FaultPlan } from "../model/fault-plan.ts";

/** Stands among the parameters for the action itself. */
const ACTION = "action";
const PREFIX = "kubectl ";
/**
 * From kubectl's last answer until it has returned to the shell. An API server answers a write when etcd has it, at times before its own
 * watch of etcd has told it so: "after" an action means that whoever looks can see what it did.
 */
const EXIT_MICROS = 10 * MILLISECOND;

export interface ActionOptions {
  readonly engine: Engine;
  /** As a member of system:masters. */
  readonly client: Client;
  readonly recorder: ActionRecorder;
}

/** The actions as entries of the fault process. */
export function actionEntries(actions: readonly ActionPlan[]): readonly FaultPlan[] {
  return actions.map((action) => ({
    id: action.id,
    stream: action.stream,
    kind: kindName(action.verb),
    trigger: action.trigger,
    selection: { names: [], role: null, zone: null, count: null, share: null },
    parameters: { [ACTION]: action as never },
    forMicros: null,
    recover: "auto",
    limits: { maxActive: null, keepQuorum: false },
    ...(action.isPlacebo === true ? { isPlacebo: true } : {}),
  }));
}

/** A kind for each verb. */
export function actionKinds({ client, engine, recorder }: ActionOptions): readonly FaultKind[] {
  const life = new Lifetime(engine);
  return VERBS.map((verb) => ({
    name: kindName(verb.name),
    doc: verb.doc,
    example: verb.example,
    layer: "cluster",
    parameters: {},
    selection: {},
    isSelectable: false,
    course: "self",
    hasDuration: false,
    defaultForMicros: null,
    needsRunning: false,
    isAction: true,
    inject(run, parameters) {
      const action = (parameters as Readonly<Record<string, unknown>>)[ACTION] as ActionPlan;
      recorder.started(run.occurrence, action.id, action.verb, action.command);
      const print = (line: string, isError: boolean) => recorder.printed(run.occurrence, line, isError);
      const command = new Command({ engine, life, client, print });
      runSteps(verb.run(command, action.parameters as never), () => {
        life.after(EXIT_MICROS, () => {
          recorder.ended(run.occurrence, command.failure);
          run.giveUp(command.failure);
        });
      });
      return undefined;
    },
  }));
}

/** Is the kind of this name one of actions? */
export function isAction(kind: string): boolean {
  return kind.startsWith(PREFIX);
}

// faults and verbs have names of their own
function kindName(verb: string): string {
  return `${PREFIX}${verb}`;
}
