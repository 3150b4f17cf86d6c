// A request of a client that gives up after a while: it then counts as not answered, and may have been carried out all the same.
import { ApiError, type Done } from "../apiserver/client.ts";
import type { Lifetime } from "../engine/lifetime.ts";

const TIMED_OUT = new ApiError(
  "NoAnswer",
  "context deadline exceeded (Client.Timeout exceeded while awaiting headers)",
);

export function withTimeout<T>(
  life: Lifetime,
  timeoutMicros: number,
  begin: (done: Done<T>) => void,
  done: Done<T>,
): void {
  let isOver = false;
  const timer = life.after(timeoutMicros, () => {
    isOver = true;
    done(TIMED_OUT);
  });
  begin(
    life.guard((answer: T | ApiError) => {
      if (isOver) return;
      isOver = true;
      life.cancel(timer);
      done(answer);
    }),
  );
}
