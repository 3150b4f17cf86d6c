// Who led when: etcd, and the components that elect a leader; where nobody led stands out.
import { type Lane, lanes, type Span } from "../lanes.ts";
import { duration, readable } from "../numbers.ts";
import type { RunDetail } from "../report-data.ts";

const COLOURS = 6;

export function leaders({ head, tables }: RunDetail): string {
  const rows = tables.get("leaders");
  if (rows === undefined || rows.records.length === 0)
    return '<p class="muted">Nothing in this run elects a leader.</p>';
  const byRole = new Map<string, Span[]>();
  const slots = new Map<string, number>();
  for (let row = 0; row < rows.records.length; row++) {
    const [role, leader] = [rows.text(row, "role"), rows.text(row, "leader")];
    const spans = byRole.get(role) ?? [];
    byRole.set(role, spans);
    // the same member has the same colour each time it leads
    const known = [...slots.keys()].filter((name) => name.startsWith(`${role}\n`)).length;
    const slot = slots.get(`${role}\n${leader}`) ?? (known % COLOURS) + 1;
    if (leader !== "") slots.set(`${role}\n${leader}`, slot);
    spans.push({
      from: rows.number(row, "from_s"),
      to: rows.number(row, "to_s"),
      label: leader === "" ? "nobody" : leader,
      fill: leader === "" ? "nobody" : `f${slot}`,
      about: leader === "" ? "no leader that a quorum knew" : `${leader} led`,
    });
  }
  const drawn: Lane[] = [...byRole].map(([name, spans]) => ({ name, spans: withoutLeader(name, spans) }));
  const notes = [...byRole].map(([role, spans]) => {
    const changes = spans.filter(({ fill }) => fill !== "nobody").length - 1;
    const none = withoutLeader(role, spans)
      .filter(({ fill }) => fill === "nobody")
      .reduce((sum, { from, to }) => sum + to - from, 0);
    return `${role}: ${readable(changes)} ${changes === 1 ? "change" : "changes"}, ${duration(none)} without a leader`;
  });
  return `${lanes(drawn, head.durationSeconds, "Who led over time")}<p class="small muted">${notes.join("; ")}. By the leaders' own account. <a href="#table-leaders">as a table</a></p>`;
}

/** Between two leaders of a component nobody leads; etcd says so itself. */
function withoutLeader(role: string, spans: readonly Span[]): readonly Span[] {
  if (role === "etcd") return spans;
  const all: Span[] = [];
  let reached = spans[0]?.from ?? 0;
  for (const span of spans) {
    if (span.from > reached)
      all.push({ from: reached, to: span.from, label: "nobody", fill: "nobody", about: "no leader" });
    all.push(span);
    reached = Math.max(reached, span.to);
  }
  return all;
}
