// One call of kubectl in a cluster without controllers: what it asked of the API and when, what it printed, and whether it failed. A test may
// answer in place of the server.
import type { ApiError, Client } from "../../sim/apiserver/client.ts";
import { Lifetime } from "../../sim/engine/lifetime.ts";
import { runSteps } from "../../sim/engine/steps.ts";
import { SECOND, type Tick } from "../../sim/engine/tick.ts";
import { Command } from "../../sim/kubectl/command.ts";
import type { ActionParameters, ActionValues, Verb } from "../../sim/kubectl/verb.ts";
import type { World } from "../controllers/world.ts";

export interface Printed {
  readonly out: readonly string[];
  readonly err: readonly string[];
  /** The first error; "" when all went well. */
  readonly failure: string;
  readonly isOver: boolean;
  /** `get deployments default/web`, and what else a request says; in order. */
  readonly asked: readonly string[];
  /** The same with the second since the call that it was sent in. */
  readonly times: readonly number[];
}

export interface CallOptions {
  readonly seconds?: number;
  /** Answers in place of the server, or null. */
  readonly answers?: (request: string, count: number) => ApiError | null;
}

export function call<P extends ActionParameters>(
  world: World,
  verb: Verb<P>,
  parameters: ActionValues<P>,
  options: number | CallOptions = {},
): Printed {
  const { answers = () => null, seconds = 5 } = typeof options === "number" ? { seconds: options } : options;
  const out: string[] = [];
  const err: string[] = [];
  const asked: string[] = [];
  const times: number[] = [];
  const { engine } = world;
  const began = engine.now;
  const note = (request: string): ApiError | null => {
    asked.push(request);
    times.push(Math.round((engine.now - began) / 1e5) / 10);
    return answers(request, asked.filter((other) => other === request).length);
  };
  const client = recording(world.client, note);
  const print = (line: string, isError: boolean) => void (isError ? err : out).push(line);
  const command = new Command({ engine, life: new Lifetime(engine), client, print });
  let isOver = false;
  runSteps(verb.run(command, parameters), () => {
    isOver = true;
  });
  world.run(seconds);
  return { out, err, failure: command.failure, isOver, asked, times };
}

const VERBS: ReadonlySet<string> = new Set([
  "create",
  "get",
  "list",
  "patch",
  "patchStatus",
  "update",
  "delete",
  "evict",
]);

function recording(client: Client, note: (request: string) => ApiError | null): Client {
  return new Proxy(client, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== "function") return method;
      if (!VERBS.has(String(name))) return method.bind(target);
      return (...args: unknown[]) => {
        const answer = note([String(name), ...args.slice(0, -1).flatMap(textOf)].join(" "));
        const done = args.at(-1) as (answer: ApiError) => void;
        // as late as the server would answer
        if (answer !== null) target.get("namespaces", "default", () => done(answer));
        else method.apply(target, args);
      };
    },
  });
}

// names and options as they are, of an object its name, of a patch nothing
function textOf(argument: unknown): readonly string[] {
  if (typeof argument === "string") return [argument];
  if (typeof argument === "function") return [];
  const { metadata } = argument as { readonly metadata?: { readonly name: string } };
  if (metadata !== undefined) return [metadata.name];
  const text = JSON.stringify(argument);
  return text === "{}" ? [] : [text];
}

/** Does something when so many seconds have passed. */
export function later({ engine }: World, seconds: number, act: () => void): void {
  engine.at((engine.now + seconds * SECOND) as Tick, act);
}
