// Requests that are made again until they are decided: what controllers, kubelets and scripts do when the API server or its
// store cannot answer. Each attempt may have been carried out all the same, and whoever asks must reckon with it.
import type { Engine } from "../engine/engine.ts";
import type { Tick } from "../engine/tick.ts";
import { BackOff, type BackOffOptions } from "./back-off.ts";
import { ApiError, type Done } from "./client.ts";

/**
 * @param ask makes the request, as often as it takes
 * @param done the first answer that decides something. `isUncertain`: an earlier attempt may have been carried out already, so that
 *   AlreadyExists and NotFound can mean success
 */
export function untilDecided<T>(
  engine: Engine,
  options: BackOffOptions,
  ask: (done: Done<T>) => void,
  done: (answer: T | ApiError, isUncertain: boolean) => void,
): void {
  let backOff: BackOff | null = null;
  let isUncertain = false;
  const answered: Done<T> = (answer) => {
    if (!(answer instanceof ApiError) || !answer.isTransient) return done(answer, isUncertain);
    isUncertain ||= answer.code >= 500;
    backOff ??= new BackOff(options);
    engine.at((engine.now + backOff.next(engine.now)) as Tick, () => ask(answered));
  };
  ask(answered);
}
