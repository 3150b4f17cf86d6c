// The lives of pods in a timeline: when each was created, bound, running, ready, marked for deletion, and gone.
import { isReady, isTerminal, type Row } from "./rows.ts";

export interface PodLife {
  readonly uid: string;
  readonly ns: string;
  readonly name: string;
  readonly owner: string;
  readonly hash: string;
  readonly first: Row;
  /** Every row of it, in order. */
  readonly rows: readonly Row[];
  /** null: it was there when the recording began. */
  readonly created: number | null;
  readonly scheduled: number | null;
  readonly node: string;
  readonly nominated: number | null;
  readonly nominatedNode: string;
  readonly running: number | null;
  readonly ready: number | null;
  /** When its deletion was asked for. */
  readonly deleted: number | null;
  /** When it reached a terminal phase. */
  readonly finished: number | null;
  readonly gone: number | null;
}

interface Draft {
  rows: Row[];
  scheduled: number | null;
  node: string;
  nominated: number | null;
  nominatedNode: string;
  running: number | null;
  ready: number | null;
  deleted: number | null;
  finished: number | null;
  gone: number | null;
}

/** By order of first sight. */
export function podLives(events: readonly Row[]): PodLife[] {
  const drafts = new Map<string, Draft>();
  for (const row of events) if (row.k === "Pod") note(drafts, row);
  return [...drafts.values()].map(({ rows, ...rest }) => {
    const first = rows[0]!;
    return {
      uid: first.uid ?? "",
      ns: first.ns ?? "",
      name: first.n ?? "",
      owner: first.own ?? "",
      hash: first.hash ?? "",
      first,
      rows,
      created: first.e === "A" ? first.t : null,
      ...rest,
    };
  });
}

function note(drafts: Map<string, Draft>, row: Row): void {
  const key = `${row.ns}/${row.n}/${row.uid}`;
  let draft = drafts.get(key);
  if (draft === undefined) {
    draft = {
      rows: [],
      scheduled: null,
      node: "",
      nominated: null,
      nominatedNode: "",
      running: null,
      ready: null,
      deleted: null,
      finished: null,
      gone: null,
    };
    drafts.set(key, draft);
  }
  draft.rows.push(row);
  const { t } = row;
  if (row.node !== undefined && row.node !== "") {
    draft.scheduled ??= t;
    draft.node = row.node;
  }
  if (row.nom !== undefined && row.nom !== "") {
    draft.nominated ??= t;
    draft.nominatedNode = row.nom;
  }
  if (row.ph === "Running") draft.running ??= t;
  if (isReady(row)) draft.ready ??= t;
  if (row.del !== undefined) draft.deleted ??= t;
  if (isTerminal(row)) draft.finished ??= t;
  if (row.e === "D") draft.gone ??= t;
}

/** Is the pod ready, not marked for deletion and not terminal, as of this row of it? */
export function isAvailable(row: Row): boolean {
  return isReady(row) && row.del === undefined && !isTerminal(row);
}

/** The values that are not null. */
export function known(values: readonly (number | null)[]): number[] {
  return values.filter((value) => value !== null);
}
