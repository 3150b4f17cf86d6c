// run --follow: lines and filters.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { follower, followLine } from "../../sim/cli/follow.ts";
import type { SeenEvent } from "../../sim/metrics/recorder.ts";

const event = (more: Partial<SeenEvent>): SeenEvent => ({
  timeMicros: 62_345_678,
  type: "Normal",
  reason: "Scheduled",
  kind: "Pod",
  object: "default/web-0",
  message: "Successfully assigned default/web-0 to n-1",
  component: "default-scheduler",
  count: 1,
  ...more,
});

test("one line per event: virtual time, type, reason, object, message, how often", () => {
  assert.is(
    followLine(event({})),
    "     62.345s  Normal   Scheduled             pod/default/web-0                     Successfully assigned default/web-0 to n-1\n",
  );
  assert.match(followLine(event({ message: "a\n  b\n", count: 3 })), / {2}a b \(x3\)\n$/);
});

test("filters name types, reasons, kinds or components", () => {
  const seen = (words: string, ...events: SeenEvent[]) => {
    const lines: string[] = [];
    const { onEvent } = follower(words, (line) => lines.push(line));
    for (const one of events) onEvent(one);
    return lines.length;
  };
  const warning = event({ type: "Warning", reason: "BackOff", component: "kubelet" });
  const fault = event({ kind: "Fault", reason: "FaultInjected" });
  assert.is(seen("all", warning, fault, event({})), 3);
  assert.is(seen("Warning", warning, fault, event({})), 1);
  assert.is(seen("fault,kubelet", warning, fault, event({})), 2);
  assert.is(seen("scheduled", warning, fault, event({})), 1);
});

test.run();
