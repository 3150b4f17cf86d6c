// One call of kubectl in a cluster without controllers: what it printed, and whether it failed.
import { Lifetime } from "../../sim/engine/lifetime.ts";
import { runSteps } from "../../sim/engine/steps.ts";
import { Command } from "../../sim/kubectl/command.ts";
import type { ActionParameters, ActionValues, Verb } from "../../sim/kubectl/verb.ts";
import type { World } from "../controllers/world.ts";

export interface Printed {
  readonly out: readonly string[];
  readonly err: readonly string[];
  /** The first error; "" when all went well. */
  readonly failure: string;
  readonly isOver: boolean;
}

export function call<P extends ActionParameters>(
  world: World,
  verb: Verb<P>,
  parameters: ActionValues<P>,
  seconds = 5,
): Printed {
  const out: string[] = [];
  const err: string[] = [];
  const { client, engine } = world;
  const print = (line: string, isError: boolean) => void (isError ? err : out).push(line);
  const command = new Command({ engine, life: new Lifetime(engine), client, print });
  let isOver = false;
  runSteps(verb.run(command, parameters), () => {
    isOver = true;
  });
  world.run(seconds);
  return { out, err, failure: command.failure, isOver };
}
