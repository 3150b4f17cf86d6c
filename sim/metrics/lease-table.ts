// Who led what by its own belief, from when to when: components of the control plane, from what they told of themselves in the event log.
import type { EventLog } from "./event-log.ts";
import { type Table, TableBuilder } from "./table.ts";

const LEADS = "ComponentLeads";

export function leaseTable(events: EventLog, endMicros: number): Table {
  const table = new TableBuilder(["fromMicros", "toMicros"], ["role", "leader"]);
  const { texts, numbers } = events;
  const leading = new Map<string, number>();
  const end = (component: string, atMicros: number) => {
    const row = leading.get(component);
    if (row !== undefined) table.numbers.toMicros.set(row, atMicros);
    leading.delete(component);
  };
  for (let event = 0; event < events.rows; event++) {
    if (texts.kind.get(event) !== "Component") continue;
    const [component, atMicros] = [texts.name.get(event), numbers.timeMicros.get(event)];
    // whatever comes next of a leader is that it leads no longer
    end(component, atMicros);
    if (texts.reason.get(event) !== LEADS) continue;
    const row = table.add();
    table.texts.role.set(row, component.replace(/-\d+$/, ""));
    table.texts.leader.set(row, component);
    table.numbers.fromMicros.set(row, atMicros);
    leading.set(component, row);
  }
  for (const component of [...leading.keys()]) end(component, endMicros);
  return table.freeze();
}
