// kubedrill validate: every mistake in the files, each with its place, and nothing is run.
import type { CommandModule } from "yargs";
import { withInputOptions } from "./input-options.ts";
import type { InputOptions } from "./load-plans.ts";

export const validateCommand: CommandModule<object, InputOptions> = {
  command: "validate <files..>",
  describe: "check scenarios or manifests without running them",
  builder: (parser) =>
    withInputOptions(parser)
      .example("$0 validate scenario.yaml", "check a scenario and every file that it names")
      .example("$0 validate ./manifests --nodes 3 --machine cpu=4,memory=8Gi", "check manifests"),
  async handler(options) {
    const { loadPlans } = await import("./load-plans.ts");
    for (const plan of loadPlans(options)) {
      const { objects, workload } = plan;
      const name = plan.variant === "" ? plan.name : `${plan.name}[${plan.variant}]`;
      const nodes = objects.nodes.length + plan.lateNodes.reduce((sum, late) => sum + late.nodes.length, 0);
      console.log(
        `${name}: valid (${nodes} nodes, ${objects.pods.length} pods at the start, ${workload.length} workload sources)`,
      );
      for (const warning of plan.warnings) console.log(`  warning: ${warning}`);
      for (const { apiVersion, kind, count, first } of plan.ignored) {
        console.log(`  not read: ${count} × ${kind} (${apiVersion}), first at ${first}`);
      }
    }
  },
};
