// The file that the threads for questions execute: checks scenarios, and looks at moments of runs. The cluster that was looked at last
// stays, so that a later moment of the same run goes on from there.
import { parentPort } from "node:worker_threads";
import { loadCustomPlugins } from "../batch/custom-plugins.ts";
import { Cluster } from "../cluster.ts";
import type { AskAnswer, AskMessage, RunJob } from "./job.ts";
import { checkSource, loadSource, planOf } from "./load-source.ts";
import { look } from "./look.ts";
import type { CheckAnswer, LookAnswer } from "./protocol.ts";

interface Standing {
  readonly job: RunJob;
  readonly cluster: Cluster;
  atMicros: number;
}

let standing: Standing | undefined;

async function answer(message: AskMessage): Promise<CheckAnswer | LookAnswer> {
  if (message.kind === "check") return checkSource(message.source);
  const { atMicros, job, sha256, words } = message;
  const cluster = await clusterAt(job, sha256, atMicros);
  return look(cluster.state(), words);
}

async function clusterAt(job: RunJob, sha256: string, atMicros: number | null): Promise<Cluster> {
  if (standing !== undefined && isSame(standing.job, job) && atMicros !== null && standing.atMicros <= atMicros) {
    standing.cluster.runTo(atMicros);
    standing.atMicros = atMicros;
    return standing.cluster;
  }
  standing = undefined;
  const { plans, problems } = loadSource(job.source);
  const plan = problems.length > 0 ? undefined : planOf(plans, job.variant);
  // it would show another cluster than the map
  if (plan?.sha256 !== sha256) throw new Error("the files that the scenario names have changed since the run");
  const cluster = new Cluster(plan, job.seed, { customPlugins: await loadCustomPlugins(plan) });
  if (atMicros === null) cluster.run();
  else cluster.runTo(atMicros);
  standing = { job, cluster, atMicros: atMicros ?? Number.POSITIVE_INFINITY };
  return cluster;
}

function isSame(a: RunJob, b: RunJob): boolean {
  return (
    a.seed === b.seed && a.variant === b.variant && a.source.text === b.source.text && a.source.name === b.source.name
  );
}

// one at a time, in the order in which they came
let last: Promise<void> = Promise.resolve();
parentPort!.on("message", (message: AskMessage) => {
  last = last.then(async () => {
    let said: AskAnswer;
    try {
      said = { ok: true, value: await answer(message) };
    } catch (error) {
      said = { ok: false, message: error instanceof Error ? error.message : String(error) };
    }
    parentPort!.postMessage(said);
  });
});
