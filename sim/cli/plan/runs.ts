// The capacity questions in which time passes: options to the runs that answer them.
import type { Answer } from "../../analysis/capacity/answer.ts";
import { answerDrain } from "../../analysis/capacity/drain.ts";
import { groundOfPlan } from "../../analysis/capacity/ground.ts";
import { answerHeadroom } from "../../analysis/capacity/headroom.ts";
import { loadCustomPlugins } from "../../batch/custom-plugins.ts";
import { parseDurationMicros } from "../../engine/tick.ts";
import { POOL_LABEL } from "../../model/annotations.ts";
import { InputError } from "../failure.ts";
import { atMicrosOf, onePlan } from "../moment.ts";
import { podNamed, wholeNumber } from "./ask.ts";
import type { QuestionOptions } from "./question.ts";

interface HeadroomOptions extends QuestionOptions {
  readonly pod: readonly string[];
  readonly count: number;
  readonly within: string;
  readonly seeds: number;
  readonly probability: number;
  readonly require: boolean;
}

/** @throws InputError */
export async function headroomAsked(given: HeadroomOptions): Promise<Answer> {
  wholeNumber("count", given.count, 1);
  wholeNumber("seeds", given.seeds, 1);
  if (!(given.probability > 0 && given.probability <= 1))
    throw new InputError("--probability: expected a share above 0 and at most 1");
  const plan = onePlan(given);
  const customPlugins = await loadCustomPlugins(plan);
  const [name = ""] = given.pod;
  return answerHeadroom(plan, {
    name,
    pod: podNamed(name, groundOfPlan(plan, 0, customPlugins)),
    count: given.count,
    atMicros: begin(given.at, "1m"),
    withinMicros: durationOf("within", given.within),
    seeds: Array.from({ length: given.seeds }, (_, i) =>
      i === 0 ? (given.seed ?? plan.seed) : `${given.seed ?? plan.seed}/${i}`,
    ),
    probability: given.probability,
    require: given.require,
    customPlugins,
  });
}

interface DrainOptions extends QuestionOptions {
  readonly node?: readonly string[];
  readonly pool?: string;
  readonly upgrade: boolean;
  readonly timeout: string;
  readonly down: string;
  readonly require: boolean;
}

/** @throws InputError */
export async function drainAsked(given: DrainOptions): Promise<Answer> {
  const plan = onePlan(given);
  if (plan.controllerManagers === null)
    throw new InputError("nothing is evicted in a cluster without controllers: leave controllerManager: false out");
  const all = plan.objects.nodes;
  for (const name of given.node ?? [])
    if (!all.some(({ metadata }) => metadata.name === name))
      throw new InputError(`--node ${name}: there is no such node`);
  const nodes = all
    .filter(({ metadata }) => given.node === undefined || given.node.includes(metadata.name))
    .filter(({ metadata }) => given.pool === undefined || metadata.labels?.[POOL_LABEL] === given.pool)
    .map(({ metadata }) => metadata.name);
  if (nodes.length === 0) throw new InputError(`--pool ${given.pool}: it has no nodes`);
  return answerDrain(plan, {
    nodes,
    mode: given.upgrade ? "upgrade" : "each",
    timeoutMicros: durationOf("timeout", given.timeout),
    downMicros: durationOf("down", given.down),
    atMicros: begin(given.at, "30s"),
    seed: given.seed ?? plan.seed,
    customPlugins: await loadCustomPlugins(plan),
    require: given.require,
  });
}

function begin(at: string | undefined, otherwise: string): number {
  const micros = atMicrosOf(at ?? otherwise);
  if (micros === null) throw new InputError("--at: expected a time such as 90s, 5m or 1h30m");
  return micros;
}

function durationOf(option: string, text: string): number {
  const micros = parseDurationMicros(text);
  if (micros === undefined || micros <= 0)
    throw new InputError(`--${option} ${text}: expected a time such as 90s or 5m`);
  return micros;
}
