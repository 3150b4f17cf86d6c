// The recorded form of raft's records (format "raft-trace/1") and the way from ours to it and back.
import type { ConfChange, ConfChangeStep, Entry } from "../../sim/raft/entry.ts";
import { confChangeEntry, dataEntry, placeEntry } from "../../sim/raft/entry.ts";
import { createMessage, type Message, type MessageType } from "../../sim/raft/message.ts";
import type { Ready } from "../../sim/raft/ready.ts";
import type { ConfState, HardState, Snapshot } from "../../sim/raft/storage.ts";

export interface RecordedConfChange {
  readonly v: 1 | 2;
  readonly transition?: ConfChange["transition"];
  readonly changes: readonly (readonly [ConfChangeStep["operation"], number])[];
}
type RecordedEntry = readonly [number, number, "normal" | "conf", string | RecordedConfChange];
type RecordedConf = { readonly voters: readonly number[] } & Partial<ConfState>;
export interface RecordedSnapshot {
  readonly index: number;
  readonly term: number;
  readonly conf: RecordedConf;
}
export interface RecordedMessage {
  readonly id: number;
  readonly type: MessageType;
  readonly from: number;
  readonly to: number;
  readonly term?: number;
  readonly logTerm?: number;
  readonly index?: number;
  readonly commit?: number;
  readonly reject?: boolean;
  readonly rejectHint?: number;
  readonly entries?: readonly RecordedEntry[];
  readonly snapshot?: RecordedSnapshot;
  readonly context?: string;
  readonly readSeq?: number;
}

export function readConf(conf: RecordedConf): ConfState {
  return { learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false, ...conf };
}

export function readSnapshot(snapshot: RecordedSnapshot): Snapshot {
  return { index: snapshot.index, term: snapshot.term, conf: readConf(snapshot.conf), data: null };
}

export function readConfChange(change: RecordedConfChange): ConfChange {
  const changes = change.changes.map(([operation, node]) => ({ operation, node }));
  return { version: change.v, transition: change.transition ?? "auto", changes };
}

export function readEntry([index, term, kind, content]: RecordedEntry): Entry {
  const proposed =
    kind === "conf"
      ? confChangeEntry(readConfChange(content as RecordedConfChange))
      : dataEntry(content, (content as string).length);
  return placeEntry(proposed, index, term);
}

export function readMessage(message: RecordedMessage): Message {
  return createMessage(message.type, {
    ...message,
    entries: message.entries?.map(readEntry) ?? [],
    snapshot: message.snapshot === undefined ? null : readSnapshot(message.snapshot),
  });
}

export function writeConf(conf: ConfState): Record<string, unknown> {
  return { voters: conf.voters, ...present({ ...conf, voters: [] }) };
}

export function writeSnapshot(snapshot: Snapshot): Record<string, unknown> {
  return { index: snapshot.index, term: snapshot.term, conf: writeConf(snapshot.conf) };
}

export function writeEntry(entry: Entry): unknown[] {
  const { change } = entry;
  if (change === null) return [entry.index, entry.term, "normal", entry.data ?? ""];
  const changes = change.changes.map(({ operation, node }) => [operation, node]);
  const content =
    change.version === 1 ? { v: 1, changes } : { v: change.version, transition: change.transition, changes };
  return [entry.index, entry.term, "conf", content];
}

export function writeHardState(state: HardState): number[] {
  return [state.term, state.vote, state.commit];
}

/** A message in recorded form, with the number `id`. */
export function writeMessage(message: Message, id: number): Record<string, unknown> {
  const { type, from, to, entries, snapshot, vote: _vote, responses: _responses, ...numbers } = message;
  return {
    id,
    type,
    from,
    to,
    ...present({ ...numbers, entries: entries.map(writeEntry) }),
    ...(snapshot === null ? {} : { snapshot: writeSnapshot(snapshot) }),
  };
}

/** A Ready in recorded form; its messages are numbered from `firstId` on. */
export function writeReady(ready: Ready, firstId: number): Record<string, unknown> {
  const { softState, hardState, snapshot } = ready;
  return {
    ...(softState === null ? {} : { soft: { ...softState } }),
    ...(hardState === null ? {} : { hardState: writeHardState(hardState) }),
    ...(snapshot === null ? {} : { snapshot: writeSnapshot(snapshot) }),
    ...present({
      mustSync: ready.mustSync,
      readStates: ready.readStates.map((state) => [state.index, state.context]),
      entries: ready.entries.map(writeEntry),
      committed: ready.committedEntries.map((entry) => [entry.index, entry.term]),
      messages: ready.messages.map((message, i) => writeMessage(message, firstId + i)),
    }),
  };
}

/** Zero, false and empty fields are left out of recordings. */
export function present(fields: Record<string, unknown>): Record<string, unknown> {
  const kept = Object.entries(fields).filter(([, value]) => {
    return Array.isArray(value) ? value.length > 0 : value !== 0 && value !== false && value !== "";
  });
  return Object.fromEntries(kept);
}
