// kubedrill run: one scenario (each of its variants) or a set of manifests, with one seed, in this process.
import type { CommandModule } from "yargs";
import type { Plan } from "../scenario/plan.ts";
import { EXIT_NOT_MET, EXIT_OK } from "./failure.ts";
import { formatsOf, type OutputOptions, withInputOptions, withOutputOptions } from "./input-options.ts";
import type { InputOptions } from "./load-plans.ts";

type Arguments = InputOptions &
  OutputOptions & { readonly seed?: string; readonly follow?: string; readonly without?: readonly string[] };

export const runCommand: CommandModule<object, Arguments> = {
  command: "run <files..>",
  describe: "run a scenario, or manifests on a pool of nodes, and write CSV tables",
  builder: (parser) =>
    withOutputOptions(withInputOptions(parser))
      .option("seed", { type: "string", describe: "seed of all randomness; by default the scenario's" })
      .option("follow", {
        type: "string",
        describe:
          "print events while running; --follow=Warning,Fault only of these types, reasons, kinds or components",
      })
      .option("without", {
        type: "string",
        array: true,
        nargs: 1,
        describe: "id of a fault or action that happens in name only: what does the outcome owe to it?",
      })
      .example("$0 run scenarios/capacity/first-run.yaml", "run a scenario")
      .example("$0 run shop.yaml --nodes 3 --machine cpu=8,memory=32Gi --zones a,b,c", "run manifests on three nodes")
      .example("$0 run demo.yaml --set cluster.nodePools[0].count=20 --out ./bigger", "change one value"),
  async handler({
    files,
    set,
    config,
    nodes,
    machine,
    zones,
    seed,
    out,
    progress,
    follow,
    shuffleTies,
    without,
    also,
    html,
  }) {
    // loaded here, so that --help does not wait for the simulator
    const { loadPlans } = await import("./load-plans.ts");
    const { execute } = await import("./execute.ts");
    const { isMet, summaryView } = await import("./summary-view.ts");
    const { follower, writeNow } = await import("./follow.ts");
    const loaded = loadPlans({ files, set, config, nodes, machine, zones });
    const plans = without === undefined ? loaded : await leftOut(loaded, without);
    const execution = await execute({
      plans,
      seeds: seed === undefined ? undefined : [seed],
      out,
      shuffleTies,
      formats: formatsOf({ also, html }),
      // a bar would stand between the lines
      progress: follow === undefined ? progress : (progress ?? false),
      ...(follow === undefined ? {} : following(follower(follow, writeNow), plans.length)),
    });
    process.stdout.write(summaryView(execution));
    process.exitCode = isMet(execution.runs) ? EXIT_OK : EXIT_NOT_MET;
  },
};

async function leftOut(plans: readonly Plan[], ids: readonly string[]): Promise<readonly Plan[]> {
  const { withPlacebos } = await import("../scenario/placebo.ts");
  const { InputError } = await import("./failure.ts");
  try {
    return plans.map((plan) => withPlacebos(plan, ids));
  } catch (error) {
    if (error instanceof RangeError) throw new InputError(error.message);
    throw error;
  }
}

function following({ onEvent, onRun }: ReturnType<typeof import("./follow.ts").follower>, runs: number) {
  if (runs === 1) return { onEvent };
  return {
    onEvent,
    onRun: (plan: Plan, seed: string) => onRun(`${plan.name} ${plan.variant}`.trim(), seed),
  };
}
