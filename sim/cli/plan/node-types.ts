// The types of nodes that options name, and the questions that are asked with them.
import type { Answer } from "../../analysis/capacity/answer.ts";
import { answerCheapestMix } from "../../analysis/capacity/cheapest-mix.ts";
import { answerFewestNodes } from "../../analysis/capacity/fewest-nodes.ts";
import { withoutNodes } from "../../analysis/capacity/ground.ts";
import { Need } from "../../analysis/capacity/need.ts";
import {
  type NodeType,
  poolNodesOf,
  typeAfter,
  typeOfPool,
  typeOfPoolNodes,
} from "../../analysis/capacity/node-type.ts";
import { runWith } from "../../analysis/capacity/run-with.ts";
import { waitingPods } from "../../analysis/capacity/trial.ts";
import { loadNodeTypes } from "../../scenario/node-types.ts";
import { InputError } from "../failure.ts";
import { parseMachine } from "../load-plans.ts";
import { formatProblems } from "../problems.ts";
import type { Asked } from "./ask.ts";

interface NodesOptions {
  readonly machine?: string;
  readonly zones?: string;
  readonly pool?: string;
  readonly like?: string;
  readonly most: number;
  readonly pending: number;
  readonly expectations: boolean;
  readonly require?: number;
}

/** @throws InputError */
export function fewestNodesAsked({ plan, ground: whole }: Asked, options: NodesOptions): Answer {
  const { machine, pool, like, most } = options;
  if ([machine, pool, like].filter((one) => one !== undefined).length !== 1)
    throw new InputError("of which type? give one of --machine cpu=8,memory=32Gi, --pool NAME and --like NODE");
  let type: NodeType | null;
  let ground = whole;
  if (pool !== undefined) {
    type = typeOfPoolNodes(whole, pool, { most });
    ground = withoutNodes(whole, new Set(poolNodesOf(whole, pool).map(({ metadata }) => metadata.name)));
  } else if (like !== undefined) {
    const model = whole.objects.nodes.find(({ metadata }) => metadata.name === like);
    type = model === undefined ? null : typeAfter(like, [model], { most });
  } else type = typeOfMachine(machine, options.zones, most);
  if (type === null)
    throw new InputError(
      pool === undefined ? `--like ${like}: there is no such node` : `--pool ${pool}: it has no nodes`,
    );
  const accepts = options.expectations ? runWith(plan, ground) : undefined;
  return answerFewestNodes(new Need(ground, { mostPending: options.pending, accepts }), type, {
    require: options.require,
    waiting: waitingPods(ground.objects).length,
    present: ground.objects.nodes.length,
  });
}

export function typeOfMachine(machine: string | undefined, zones: string | undefined, most: number): NodeType {
  const parsed = parseMachine(machine) as Parameters<typeof typeOfPool>[0]["machine"];
  return typeOfPool({ name: "node", machine: parsed, ...(zones ? { zones: zones.split(",") } : {}) }, { most });
}

interface MixOptions {
  readonly types: string;
  readonly spot: number;
  readonly tries: number;
  readonly pending: number;
  readonly expectations: boolean;
  readonly require?: number;
}

/** @throws InputError */
export function cheapestMixAsked({ plan, ground }: Asked, options: MixOptions): Answer {
  const { types: entries, problems } = loadNodeTypes(options.types);
  if (problems.length > 0) throw new InputError(formatProblems(problems));
  const types = entries.map(({ most, ...pool }) => typeOfPool(pool, { most }));
  const accepts = options.expectations ? runWith(plan, ground) : undefined;
  return answerCheapestMix(new Need(ground, { mostPending: options.pending, accepts }), types, {
    mostSpot: options.spot,
    tries: options.tries,
    require: options.require,
    waiting: waitingPods(ground.objects).length,
    present: ground.objects.nodes.length,
  });
}
