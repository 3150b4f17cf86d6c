// A progress bar on stderr, for people: drawn on a terminal, or when asked for.
import cliProgress from "cli-progress";

export interface Progress {
  /** @param done share of the whole, 0 … 1 */
  set(done: number, label: string): void;
  stop(): void;
}

const SILENT: Progress = { set: () => undefined, stop: () => undefined };
const STEPS = 1000;

/** @param wanted true or false as the user said; undefined = only on a terminal */
export function startProgress(wanted: boolean | undefined): Progress {
  if (wanted === false || (wanted === undefined && !process.stderr.isTTY)) return SILENT;
  const bar = new cliProgress.SingleBar({
    format: "{bar} {percentage}% {label}",
    stream: process.stderr,
    clearOnComplete: process.stderr.isTTY === true,
    hideCursor: true,
    noTTYOutput: wanted === true,
    notTTYSchedule: 1000,
    barsize: 30,
    barCompleteChar: "#",
    barIncompleteChar: "-",
  });
  bar.start(STEPS, 0, { label: "" });
  return {
    set: (done, label) => bar.update(Math.round(done * STEPS), { label }),
    stop: () => bar.stop(),
  };
}
