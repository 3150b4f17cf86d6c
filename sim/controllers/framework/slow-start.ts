// Creations in batches of 1, 2, 4 …: a failure that all of them would meet, such as a used-up quota, costs few requests.
// Source: behaviour of kube-controller-manager's slowStartBatch.
import { ApiError } from "../../apiserver/client.ts";
import type { RandomStream } from "../../engine/random.ts";
import { askAll, type Steps } from "../../engine/steps.ts";

/** What became of the batches: how many succeeded, and the first refusal. */
export interface BatchResult {
  readonly successes: number;
  readonly error: ApiError | null;
}

/**
 * @param race the members of a batch run beside each other and reach the server in any order: drawn from this, or as they are numbered
 * @param start begins the i-th of `count`, and calls back with an error or anything else
 */
export function* slowStart(
  count: number,
  start: (i: number, done: (answer: unknown) => void) => void,
  race?: RandomStream,
): Steps<BatchResult> {
  let successes = 0;
  for (let size = Math.min(count, 1); size > 0; size = Math.min(2 * size, count - successes)) {
    const first = successes;
    const batch = Array.from({ length: size }, (_, i) => (done: (answer: unknown) => void) => start(first + i, done));
    if (race !== undefined) shuffle(batch, race);
    const answers = yield* askAll(batch);
    const errors = answers.filter((answer) => answer instanceof ApiError);
    successes += size - errors.length;
    if (errors[0] !== undefined) return { successes, error: errors[0] };
  }
  return { successes, error: null };
}

function shuffle(list: unknown[], stream: RandomStream): void {
  for (let i = list.length - 1; i > 0; i--) {
    const j = stream.int(i + 1);
    [list[i], list[j]] = [list[j], list[i]];
  }
}
