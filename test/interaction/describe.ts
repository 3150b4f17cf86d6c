// Messages, entries and progress in the words of the scripts.
import type { ConfChange, ConfChangeStep, Entry } from "../../sim/raft/entry.ts";
import { APPEND_THREAD, APPLY_THREAD, type Message, NONE } from "../../sim/raft/message.ts";
import type { Progress } from "../../sim/raft/progress.ts";
import type { Role } from "../../sim/raft/raft.ts";
import type { Ready } from "../../sim/raft/ready.ts";
import type { ConfState, HardState, Snapshot } from "../../sim/raft/storage.ts";

const LETTERS: Readonly<Record<string, ConfChangeStep["operation"]>> = {
  v: "add",
  l: "learner",
  r: "remove",
  u: "update",
};
const ROLES: Readonly<Record<Role, string>> = {
  follower: "StateFollower",
  precandidate: "StatePreCandidate",
  candidate: "StateCandidate",
  leader: "StateLeader",
};

/** Operators such as `v1 l2 r3`. @throws Error on any other letter */
export function parseOperators(text: string): ConfChangeStep[] {
  return text
    .split(/\s+/)
    .filter((word) => word !== "")
    .map((word) => {
      const operation = LETTERS[word[0]!];
      if (operation === undefined) throw new Error(`unknown operator ${word}`);
      return { operation, node: Number(word.slice(1)) };
    });
}

export function describeRole(role: Role): string {
  return ROLES[role];
}

export function describeEntry(entry: Entry): string {
  const place = `${entry.term}/${entry.index}`;
  if (entry.change === null) return `${place} EntryNormal ${JSON.stringify(entry.data ?? "")}`;
  const kind = entry.change.version === 1 ? "EntryConfChange" : "EntryConfChangeV2";
  return `${place} ${kind} ${describeChange(entry.change)}`.trimEnd();
}

/** A message, over several lines when it carries several entries, a snapshot or answers. */
export function describeMessage(message: Message): string {
  const { type, term, logTerm, index, commit, vote, entries, snapshot, responses } = message;
  let text = `${describeNode(message.from)}->${describeNode(message.to)} ${type} Term:${term} Log:${logTerm}/${index}`;
  if (message.reject) text += ` Rejected (Hint: ${message.rejectHint})`;
  if (commit !== 0) text += ` Commit:${commit}`;
  if (vote !== NONE) text += ` Vote:${vote}`;
  if (entries.length === 1) text += ` Entries:[${describeEntry(entries[0]!)}]`;
  else if (entries.length > 1) text += ` Entries:[\n${indent(entries.map(describeEntry).join("\n"))}\n]`;
  if (snapshot !== null) text += `\n  Snapshot: ${describeSnapshot(snapshot)}`;
  if (responses.length > 0) text += ` Responses:[\n${indent(responses.map(describeMessage).join("\n"))}\n]`;
  return text;
}

export function describeReady(ready: Ready): string {
  const { softState, hardState, snapshot } = ready;
  const lines: string[] = [];
  if (softState !== null) lines.push(`Lead:${softState.lead} State:${describeRole(softState.role)}`);
  if (hardState !== null) lines.push(`HardState ${describeHardState(hardState)}`);
  if (ready.readStates.length > 0) {
    lines.push(`ReadStates ${JSON.stringify(ready.readStates.map((state) => [state.index, state.context]))}`);
  }
  if (ready.entries.length > 0) lines.push("Entries:", ...ready.entries.map(describeEntry));
  if (snapshot !== null) lines.push(`Snapshot ${describeSnapshot(snapshot)}`);
  if (ready.committedEntries.length > 0) {
    lines.push("CommittedEntries:", ...ready.committedEntries.map(describeEntry));
  }
  if (ready.messages.length > 0) lines.push("Messages:", ...ready.messages.map(describeMessage));
  if (lines.length === 0) return "<empty Ready>";
  return [`Ready MustSync=${ready.mustSync}:`, ...lines].join("\n");
}

export function describeProgress(progress: Progress): string {
  const { id, state, match, next, inflights } = progress;
  let text = `${id}: State${state[0]!.toUpperCase()}${state.slice(1)} match=${match} next=${next}`;
  if (progress.isLearner) text += " learner";
  if (progress.isThrottled()) text += " paused";
  if (progress.pendingSnapshot > 0) text += ` pendingSnap=${progress.pendingSnapshot}`;
  if (!progress.recentActive) text += " inactive";
  if (inflights.count > 0) text += ` inflight=${inflights.count}${inflights.isFull() ? "[full]" : ""}`;
  return text;
}

export function describeConf(conf: ConfState): string {
  let text = `voters=(${conf.voters.join(" ")})`;
  if (conf.votersOutgoing.length > 0) text += `&&(${conf.votersOutgoing.join(" ")})`;
  if (conf.learners.length > 0) text += ` learners=(${conf.learners.join(" ")})`;
  if (conf.learnersNext.length > 0) text += ` learners_next=(${conf.learnersNext.join(" ")})`;
  return conf.autoLeave ? `${text} autoleave` : text;
}

export function indent(text: string): string {
  return text.replace(/^/gm, "  ");
}

function describeHardState({ term, vote, commit }: HardState): string {
  return `Term:${term}${vote === NONE ? "" : ` Vote:${vote}`} Commit:${commit}`;
}

function describeSnapshot({ index, term, conf }: Snapshot): string {
  const list = (ids: readonly number[]) => `[${ids.join(" ")}]`;
  const halves = `Voters:${list(conf.voters)} VotersOutgoing:${list(conf.votersOutgoing)}`;
  const learners = `Learners:${list(conf.learners)} LearnersNext:${list(conf.learnersNext)}`;
  return `Index:${index} Term:${term} ConfState:${halves} ${learners} AutoLeave:${conf.autoLeave}`;
}

function describeChange({ changes }: ConfChange): string {
  return changes.map(({ operation, node }) => `${operation === "add" ? "v" : operation[0]}${node}`).join(" ");
}

function describeNode(id: number): string {
  if (id === NONE) return "None";
  if (id === APPEND_THREAD) return "AppendThread";
  return id === APPLY_THREAD ? "ApplyThread" : String(id);
}
