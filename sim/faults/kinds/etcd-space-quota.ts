// etcdSpaceQuota: somebody fills the database up to its quota: the NOSPACE alarm is raised and writes are refused everywhere, until an
// operator deletes, compacts, defragments and disarms. Source: etcd's maintenance guide on space quota.
import { MINUTE } from "../../engine/tick.ts";
import { faultKind } from "../kind.ts";
import { Operator } from "./operator.ts";

const FILLING = { key: "/kubedrill-fill/", rangeEnd: "/kubedrill-fill0" } as const;

export const etcdSpaceQuota = faultKind({
  name: "etcdSpaceQuota",
  doc: "A client writes until the database reaches its quota and NOSPACE is raised. When it ends, its keys are deleted, and etcd is compacted, defragmented and disarmed.",
  example: "{ at: 5m, etcdSpaceQuota: { for: 3m } }",
  layer: "etcd",
  parameters: {
    value: { type: "bytes", default: 1_048_576, doc: "Size of each value that is written, at most 1.4Mi." },
  },
  selection: { role: "any" },
  isSelectable: false,
  course: "self",
  hasDuration: true,
  defaultForMicros: 5 * MINUTE,
  needsRunning: true,
  inject(run, { value }) {
    const operator = new Operator(run);
    const all = () => operator.others();
    let written = 0;
    const fill = (): void =>
      operator.ask(
        "fill the database",
        all,
        () => ({
          kind: "put",
          key: `${FILLING.key}${written++}`,
          value: "",
          valueBytes: Math.min(value, 1_468_006),
          lease: 0,
        }),
        (answer) => (answer.error === null ? fill() : full()),
        (error) => error.includes("database space exceeded"),
      );
    const full = () => {
      if (run.forMicros !== null) operator.after(run.forMicros, free);
    };
    const free = () =>
      operator.ask(
        "delete what was written",
        all,
        () => ({ kind: "deleteRange", ...FILLING }),
        (answer) => compact(answer.revision),
      );
    const compact = (revision: number) =>
      operator.ask(
        "compact",
        all,
        () => ({ kind: "compact", revision }),
        () => operator.each(all(), defragment, disarm),
        (error) => error.includes("has been compacted"),
      );
    const defragment = (name: string, next: () => void) =>
      operator.ask(
        `defragment ${name}`,
        () => [name],
        () => ({ kind: "defragment" }),
        next,
      );
    const disarm = () =>
      operator.ask(
        "disarm the alarm",
        all,
        () => ({ kind: "alarm", action: "deactivate", member: 0, alarm: "NOSPACE" }),
        () => run.finish(),
      );
    fill();
    return undefined;
  },
});
