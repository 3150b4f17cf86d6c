// The worker pool: outcomes in the order of the tasks, failures as messages, nothing hangs.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { BatchError, runBatch } from "../../sim/batch/pool.ts";
import { runPlan } from "../../sim/batch/run-task.ts";
import type { RunOutcome, RunTask } from "../../sim/batch/task.ts";
import { SECOND } from "../../sim/engine/tick.ts";
import { noObjects } from "../../sim/model/objects.ts";
import type { Plan } from "../../sim/scenario/plan.ts";
import { makePlan } from "../plans.ts";
import { makeNode, makePod, requesting } from "../scheduler/builders.ts";

function arrivals(name: string, count: number): Plan {
  return makePlan({
    name,
    objects: { ...noObjects(), nodes: [makeNode("n")] },
    workload: [
      {
        kind: "arrivals",
        name: "job",
        shape: makePod("job", requesting({ cpu: "10m" }), { uid: undefined }),
        everyMicros: { kind: "exponential", mean: SECOND / 10 },
        startMicros: 0,
        stopMicros: null,
        count,
        lifetimeMicros: { kind: "constant", value: SECOND },
      },
    ],
  });
}

test("outcomes come in the order of the tasks, though short runs finish first, and equal those of this thread", async () => {
  const plans = [arrivals("long", 600), arrivals("short", 5)];
  const tasks: RunTask[] = ["1", "2", "3"].flatMap((seed) => [0, 1].map((planIndex) => ({ planIndex, seed })));
  const outcomes: [RunTask, RunOutcome][] = [];
  let finished = 0;
  await runBatch({ plans }, tasks, {
    workers: 2,
    onOutcome: (task, outcome) => outcomes.push([task, outcome]),
    onFinished: () => finished++,
  });
  assert.equal(
    outcomes.map(([task]) => task),
    tasks,
  );
  assert.is(finished, tasks.length);
  for (const [{ planIndex, seed }, outcome] of outcomes) {
    const here = await runPlan(plans[planIndex]!, seed);
    assert.equal(outcome.identity, here.identity);
    assert.equal(
      outcome.parts.map((p) => Buffer.from(p.bytes).toString()),
      here.parts.map((p) => Buffer.from(p.bytes).toString()),
    );
  }
});

async function failure(plans: readonly Plan[], tasks: readonly RunTask[]): Promise<string> {
  const taken: string[] = [];
  try {
    await runBatch({ plans }, tasks, { workers: 2, onOutcome: (task) => taken.push(task.seed) });
  } catch (error) {
    assert.instance(error, BatchError);
    return `${(error as Error).message} after ${taken.join(",")}`;
  }
  throw new Error("the batch did not fail");
}

test("a run that fails ends the batch with its name and seed, after the outcomes before it", async () => {
  const broken = makePlan({ name: "broken", objects: { ...noObjects(), nodes: [makeNode("n"), makeNode("n")] } });
  const plans = [arrivals("fine", 5), broken];
  const message = await failure(plans, [
    { planIndex: 0, seed: "1" },
    { planIndex: 0, seed: "2" },
    { planIndex: 1, seed: "3" },
    { planIndex: 0, seed: "4" },
  ]);
  assert.match(message, /^broken, seed 3: .*node.* n once.* after 1,2$/);
});

test("a plan that cannot be sent to a worker fails, and does not hang", async () => {
  const plan = { ...arrivals("unsendable", 5), description: (() => "a function") as unknown as string };
  const message = await failure([plan], [{ planIndex: 0, seed: "1" }]);
  assert.match(message, /could not be cloned/);
});

test("a missing plan is said to be missing", async () => {
  assert.match(await failure([arrivals("only", 1)], [{ planIndex: 7, seed: "1" }]), /the batch has no plan number 7/);
});

test.run();
