// Code that waits in the middle, written from top to bottom: a generator that yields what it waits for. What controllers do in Go
// with blocking calls reads the same here. No promises: a step goes on within the callback that it waited for.
//   function* sync(): Steps<string> { const pod = yield* ask<Pod>((done) => client.get("pods", key, done)); … }
//   runSteps(sync(), (result) => …)

/** Begins something and calls back, at once or later, exactly once. */
export type Wait = (resume: (value: unknown) => void) => void;

/** A course of steps that ends with a T. */
export type Steps<T = void> = Generator<Wait, T, unknown>;

/** Waits for a callback and gives its value. */
export function* ask<T>(start: (done: (value: T) => void) => void): Steps<T> {
  return (yield start as Wait) as T;
}

/** Begins all at once and waits for all; the values in the order of `starts`. */
export function* askAll<T>(starts: readonly ((done: (value: T) => void) => void)[]): Steps<T[]> {
  if (starts.length === 0) return [];
  return (yield (resume) => {
    const values = new Array<T>(starts.length);
    let missing = starts.length;
    starts.forEach((start, i) => {
      start((value) => {
        values[i] = value;
        if (--missing === 0) resume(values);
      });
    });
  }) as T[];
}

/** Runs the steps as far as they go now, and further whenever what they wait for has come. */
export function runSteps<T>(steps: Steps<T>, done: (value: T) => void): void {
  let isRunning = false;
  let hasValue = false;
  let value: unknown;
  const go = (): void => {
    // a wait that calls back at once must not deepen the stack
    isRunning = true;
    do {
      hasValue = false;
      const step = steps.next(value);
      if (step.done === true) {
        done(step.value);
        return;
      }
      step.value((result) => {
        value = result;
        hasValue = true;
        if (!isRunning) go();
      });
    } while (hasValue);
    isRunning = false;
  };
  go();
}
