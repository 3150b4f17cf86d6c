// Configuration changes as they go through the log (Raft §6): what a leader takes, and what happens when one is applied.
import { changeMembership, type Membership } from "./configuration.ts";
import { type ConfChange, confChangeEntry, dataEntry, type Entry } from "./entry.ts";
import { NONE } from "./message.ts";
import type { Raft, StepError } from "./raft.ts";
import { appendEntries, broadcastAppend, maybeCommit, maybeSendAppend } from "./replication.ts";
import type { ConfState } from "./storage.ts";

// unlike the same change proposed from outside it has no payload
const LEAVE_JOINT: Entry = {
  ...confChangeEntry({ version: 2, transition: "auto", changes: [] }),
  payloadBytes: 0,
};

/** Takes proposals as leader. A configuration change that may not begin now becomes an empty entry. */
export function propose(raft: Raft, proposed: readonly Entry[]): StepError | null {
  const dropped = "raft proposal dropped";
  if (raft.tracker.progress(raft.id) === undefined || raft.leadTransferee !== NONE) return dropped;
  const first = raft.log.lastIndex() + 1;
  const entries: Entry[] = [];
  for (let i = 0; i < proposed.length; i++) {
    let entry = proposed[i]!;
    if (entry.change !== null) {
      if (mayChange(raft, entry.change)) raft.pendingConfIndex = first + i;
      else entry = dataEntry(null, 0);
    }
    entries.push(entry);
  }
  if (!appendEntries(raft, entries)) return dropped;
  broadcastAppend(raft);
  return null;
}

function mayChange(raft: Raft, change: ConfChange): boolean {
  if (raft.options.disableConfChangeValidation) return true;
  const wantsToLeave = change.changes.length === 0;
  return raft.pendingConfIndex <= raft.log.applied && raft.tracker.isJoint() === wantsToLeave;
}

/**
 * A committed change takes effect.
 *
 * @returns the configuration now in force; unchanged when the change is refused
 */
export function applyConfChange(raft: Raft, change: ConfChange): ConfState {
  const next = changeMembership(raft.tracker.membership, change, (id) => raft.newProgress(id));
  if (typeof next !== "string") switchTo(raft, next);
  return raft.tracker.conf;
}

/** Brings a configuration into force; a leader acts upon it. */
export function switchTo(raft: Raft, membership: Membership): void {
  const { tracker } = raft;
  tracker.adopt(membership);
  const own = tracker.progress(raft.id);
  raft.isLearner = own?.isLearner === true;
  if (raft.role !== "leader") return;
  if (own === undefined || raft.isLearner) {
    // without this option it leads on, so that the change that removes it is committed elsewhere too
    if (raft.options.stepDownOnRemoval) raft.becomeFollower(raft.term, NONE);
    return;
  }
  if (tracker.conf.voters.length === 0) return;
  // a smaller quorum may have more on its disks
  if (maybeCommit(raft)) broadcastAppend(raft);
  else for (const progress of tracker.members) if (progress.id !== raft.id) maybeSendAppend(raft, progress, false);
  if (raft.leadTransferee !== NONE && !tracker.isVoter(raft.leadTransferee)) raft.abortLeaderTransfer();
}

/** The application has applied entries up to `index`, of `bytes`. A leader then leaves a joint configuration by itself. */
export function appliedTo(raft: Raft, index: number, bytes: number): void {
  const applied = Math.max(index, raft.log.applied);
  raft.log.appliedTo(applied, bytes);
  const isDue = raft.tracker.conf.autoLeave && applied >= raft.pendingConfIndex && raft.role === "leader";
  // dropped while leadership is moved; it is tried again with the next applied entry
  if (isDue) propose(raft, [LEAVE_JOINT]);
}
