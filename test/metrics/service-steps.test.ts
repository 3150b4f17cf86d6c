// Requests on Services by steps: a row only where something is other than before, the least that was there at any moment, sums that add up.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ServiceSteps } from "../../sim/metrics/service-steps.ts";

const SECOND = 1_000_000;

test("calm steps have no row of their own; a dip within a step is seen", () => {
  const steps = new ServiceSteps(10 * SECOND);
  steps.held(0, 0, 34 * SECOND, 5, 0, 3);
  steps.held(0, 34 * SECOND, 36 * SECOND, 5, 0.5, 1);
  steps.held(0, 36 * SECOND, 60 * SECOND, 5, 0, 3);
  const { numbers } = steps.table(60 * SECOND);
  assert.equal(
    [...numbers.timeMicros!].map((time) => time / SECOND),
    [10, 40, 50],
  );
  assert.equal(
    [...numbers.requestMillionths!].map((count) => count / SECOND),
    [50, 50, 50],
  );
  assert.equal(
    [...numbers.failedMillionths!].map((count) => count / SECOND),
    [0, 5, 0],
  );
  assert.equal([...numbers.leastAvailable!], [3, 1, 3]);
});

test("Services one after the other, each in order of time; the last step ends with the run", () => {
  const steps = new ServiceSteps(10 * SECOND);
  steps.held(1, 0, 5 * SECOND, 1, 0, 1);
  steps.held(0, 0, 15 * SECOND, 2, 0, 1);
  steps.held(1, 5 * SECOND, 15 * SECOND, 3, 0, 1);
  const { numbers } = steps.table(15 * SECOND);
  assert.equal([...numbers.service!], [0, 0, 1, 1]);
  assert.equal(
    [...numbers.timeMicros!].map((time) => time / SECOND),
    [10, 15, 10, 15],
  );
  assert.equal(
    [...numbers.requestMillionths!].map((count) => count / SECOND),
    [20, 10, 20, 15],
  );
});

test("without Services there are no rows", () => {
  assert.is(new ServiceSteps(SECOND).table(SECOND).rows, 0);
});

test.run();
