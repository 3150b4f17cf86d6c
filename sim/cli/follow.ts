// `run --follow`: the event stream of a run on stdout while it goes on, one line per event, as `kubectl get events --watch` would show it.
import { writeSync } from "node:fs";
import type { SeenEvent } from "../metrics/recorder.ts";

const WIDTHS = { time: 12, type: 7, reason: 20, object: 36 };

/** Lets through what any of the words names: a type, reason, kind or component, in any case. "all" and "" let everything through. */
export function followFilter(words: string): (event: SeenEvent) => boolean {
  const wanted = words
    .toLowerCase()
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "" && word !== "all");
  if (wanted.length === 0) return () => true;
  const set = new Set(wanted);
  return ({ type, reason, kind, component }) =>
    [type, reason, kind, component].some((word) => set.has(word.toLowerCase()));
}

/** `    62.345s  Warning  FailedScheduling      pod/default/web-0  message (x3)`, with a final newline. */
export function followLine(event: SeenEvent): string {
  const seconds = Math.floor(event.timeMicros / 1_000_000);
  const millis = Math.floor(event.timeMicros / 1000) - seconds * 1000;
  const time = `${seconds}.${String(millis).padStart(3, "0")}s`.padStart(WIDTHS.time);
  const object = `${event.kind.toLowerCase()}/${event.object}`;
  const count = event.count > 1 ? ` (x${event.count})` : "";
  const cells = [event.type.padEnd(WIDTHS.type), event.reason.padEnd(WIDTHS.reason), object.padEnd(WIDTHS.object)];
  // one event, one line
  return `${time}  ${cells.join("  ")}  ${event.message.trim().replace(/\s*\n\s*/g, " ")}${count}\n`;
}

/** Writes events as they come. Returned: what to tell of runs and of their events. */
export function follower(words: string, write: (text: string) => void) {
  const isWanted = followFilter(words);
  return {
    onEvent: (event: SeenEvent) => {
      if (isWanted(event)) write(followLine(event));
    },
    onRun: (name: string, seed: string) => write(`# ${name}, seed ${seed}\n`),
  };
}

/** Writes to stdout at once. A run lets no other code in: what a stream keeps for later would come after it, and so would a closed pipe. */
export function writeNow(text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(1, bytes, at);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // whoever reads has had enough
      if (code === "EPIPE") process.exit(0);
      // whoever reads is slower: the pipe is full
      if (code !== "EAGAIN") throw error;
    }
  }
}
