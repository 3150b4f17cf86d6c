// Assertions for programmer errors: always on, also in production runs. They cost 1–3 % and turn a silent
// wrong number into a stop. Not for errors of the user's input: those are data, collected by scenario/.

/** A broken invariant of kubedrill itself, never a mistake in a user's file. */
export class AssertionError extends Error {
  override readonly name = "AssertionError";
}

/**
 * Throws when an invariant does not hold. In a hot loop test first and call {@link fail}, so that the message is
 * only built when it is needed.
 *
 * @throws AssertionError with `message` when `condition` is falsy
 */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) fail(message);
}

/**
 * Reports a broken invariant. It stands in its own function so that callers stay small enough to be inlined.
 *
 * @throws AssertionError always
 */
export function fail(message: string): never {
  throw new AssertionError(message);
}
