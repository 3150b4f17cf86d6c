// The worker pool: runs are what they are in this thread, failures are messages, nothing hangs.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { BatchError, WorkerPool } from "../../sim/batch/pool.ts";
import { runPlan } from "../../sim/batch/run-task.ts";
import type { RunTask, TaskAnswer } from "../../sim/batch/task.ts";
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

test("runs in other threads, several at once, have the outcome that they have in this one", async () => {
  const plans = [arrivals("long", 100), arrivals("short", 5)];
  const tasks: RunTask[] = ["1", "2", "3"].flatMap((seed) => [0, 1].map((planIndex) => ({ planIndex, seed })));
  const answers = await answersOf(plans, tasks, 2);
  for (const [index, { planIndex, seed }] of tasks.entries()) {
    const answer = answers[index]!;
    assert.ok(answer.ok);
    const here = await runPlan(plans[planIndex]!, seed);
    assert.equal(answer.outcome.identity, here.identity);
    assert.equal(
      answer.outcome.parts.map((p) => Buffer.from(p.bytes).toString()),
      here.parts.map((p) => Buffer.from(p.bytes).toString()),
    );
  }
});

async function answersOf(
  plans: readonly Plan[],
  tasks: readonly RunTask[],
  workers: number,
): Promise<readonly TaskAnswer[]> {
  const pool = new WorkerPool({ plans }, workers);
  try {
    return await Promise.all(tasks.map((task) => pool.run(task)));
  } finally {
    await pool.close();
  }
}

test("a run that fails, or has no plan, is its own answer, and those around it have theirs", async () => {
  const broken = makePlan({ name: "broken", objects: { ...noObjects(), nodes: [makeNode("n"), makeNode("n")] } });
  const answers = await answersOf(
    [arrivals("fine", 5), broken],
    [
      { planIndex: 0, seed: "1" },
      { planIndex: 1, seed: "3" },
      { planIndex: 7, seed: "1" },
      { planIndex: 0, seed: "4" },
    ],
    1,
  );
  assert.equal(
    answers.map(({ ok }) => ok),
    [true, false, false, true],
  );
  const [, failed, missing] = answers;
  assert.ok(failed !== undefined && !failed.ok);
  assert.match(failed.message, /node.* n once/);
  assert.ok(missing !== undefined && !missing.ok);
  assert.match(missing.message, /the batch has no plan number 7/);
});

test("a plan that cannot be sent to a worker fails, and does not hang", async () => {
  const plan = { ...arrivals("unsendable", 5), description: (() => "a function") as unknown as string };
  try {
    await answersOf([plan], [{ planIndex: 0, seed: "1" }], 1);
  } catch (error) {
    assert.instance(error, BatchError);
    return assert.match((error as Error).message, /could not be cloned/);
  }
  throw new Error("it did not fail");
});

test.run();
