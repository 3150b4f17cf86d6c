// Who led: from the word that it leads to the next word of the same component, whatever it is; two may believe that they lead.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { EventLog } from "../../sim/metrics/event-log.ts";
import { leaseTable } from "../../sim/metrics/lease-table.ts";
import { textReader } from "../../sim/metrics/table.ts";

test("spans of leaders by component", () => {
  const events = new EventLog();
  const tell = (at: number, name: string, reason: string) =>
    events.recordOf(at, "Normal", reason, "Component", name, "");
  tell(0, "kube-scheduler-0", "ComponentStarted");
  tell(5, "kube-scheduler-0", "ComponentLeads");
  tell(20, "kube-scheduler-1", "ComponentLeads");
  tell(22, "kube-scheduler-0", "ComponentExited");
  events.recordOf(23, "Normal", "ComponentLeads", "Pod", "kube-scheduler-1", "");
  tell(25, "kube-scheduler-0", "ComponentStarted");
  const table = leaseTable(events, 100);
  assert.is(table.rows, 2);
  assert.equal([textReader(table, "role")(0), textReader(table, "leader")(1)], ["kube-scheduler", "kube-scheduler-1"]);
  assert.equal([...table.numbers.fromMicros!], [5, 20]);
  assert.equal([...table.numbers.toMicros!], [22, 100]);
});

test.run();
