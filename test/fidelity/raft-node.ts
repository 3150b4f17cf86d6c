// One recorded node: ours, driven as the recorder drove the original: taken, persisted, sent, applied, advanced.
import type { ConfChange } from "../../sim/raft/entry.ts";
import { MemoryStorage } from "../../sim/raft/memory-storage.ts";
import type { RaftOptions } from "../../sim/raft/options.ts";
import type { Progress } from "../../sim/raft/progress.ts";
import { RawNode } from "../../sim/raft/raw-node.ts";
import type { Ready } from "../../sim/raft/ready.ts";
import { type ConfState, EMPTY_CONF, type Snapshot } from "../../sim/raft/storage.ts";
import {
  present,
  type RecordedSnapshot,
  readSnapshot,
  writeConf,
  writeEntry,
  writeHardState,
  writeSnapshot,
} from "./raft-format.ts";

/** Draws as recorded. How many were taken is part of the behaviour. */
export class RecordedDraws {
  taken = 0;
  private draws: readonly number[] = [];

  load(draws: readonly number[]): void {
    this.draws = draws;
    this.taken = 0;
  }

  /** The next recorded timeout, above the election timeout `ticks`. */
  int(ticks: number): number {
    const draw = this.draws[this.taken++];
    return draw === undefined ? 0 : draw - ticks;
  }
}

/** What an application has applied; storage hands it out as a snapshot whenever raft asks. */
class ApplicationStorage extends MemoryStorage {
  appliedIndex = 0;
  appliedTerm = 0;
  appliedConf: ConfState = EMPTY_CONF;

  override snapshot(): Snapshot {
    return { index: this.appliedIndex, term: this.appliedTerm, conf: this.appliedConf, data: null };
  }

  restoreApplication(): void {
    this.appliedIndex = this.kept.index;
    this.appliedTerm = this.kept.term;
    this.appliedConf = this.kept.conf;
  }
}

export class RecordedNode {
  readonly draws: RecordedDraws;
  private node: RawNode;
  private readonly storage = new ApplicationStorage();
  private readonly options: Omit<RaftOptions, "storage" | "random">;

  constructor(
    options: Omit<RaftOptions, "storage" | "random">,
    initial: RecordedSnapshot | undefined,
    draws: readonly number[],
  ) {
    this.options = options;
    this.draws = new RecordedDraws();
    this.draws.load(draws);
    if (initial !== undefined) {
      this.storage.applySnapshot(readSnapshot(initial));
      this.storage.hardState = { term: initial.term, vote: 0, commit: initial.index };
      this.storage.restoreApplication();
    }
    this.node = this.start();
  }

  /** The member itself, to act upon. */
  get raw(): RawNode {
    return this.node;
  }

  /** Throws the member away and builds a new one from its storage. */
  restart(): void {
    this.storage.compact(this.storage.kept.index);
    this.storage.restoreApplication();
    this.node = this.start();
  }

  /** Keeps a snapshot of what is applied, and drops entries. */
  compactAt(index: number): Snapshot {
    const snapshot = this.storage.snapshot();
    this.storage.keepSnapshot(snapshot);
    this.storage.compact(index);
    return snapshot;
  }

  /** Does all there is to do. @returns each Ready, in order */
  drain(): Ready[] {
    const all: Ready[] = [];
    while (this.node.hasReady()) {
      const ready = this.node.ready();
      all.push(ready);
      if (ready.snapshot !== null) {
        this.storage.applySnapshot(ready.snapshot);
        this.storage.restoreApplication();
      }
      this.storage.append(ready.entries);
      if (ready.hardState !== null) this.storage.hardState = ready.hardState;
      for (const entry of ready.committedEntries) {
        if (entry.change !== null) this.applyConfChange(entry.change);
        this.storage.appliedIndex = entry.index;
        this.storage.appliedTerm = entry.term;
      }
      this.node.advance();
    }
    return all;
  }

  /** The state in recorded form. */
  state(): Record<string, unknown> {
    const { raft } = this.node;
    const { log, tracker } = raft;
    const isCampaigning = raft.role === "candidate" || raft.role === "precandidate";
    return {
      term: raft.term,
      vote: raft.vote,
      role: raft.role,
      lead: raft.lead,
      commit: log.committed,
      applied: log.applied,
      firstIndex: log.firstIndex(),
      lastIndex: log.lastIndex(),
      lastTerm: log.lastTerm(),
      electionElapsed: raft.electionElapsedTicks,
      heartbeatElapsed: raft.heartbeatElapsedTicks,
      randomizedElectionTimeout: raft.randomizedElectionTicks,
      ...present({
        leadTransferee: raft.leadTransferee,
        pendingConfIndex: raft.pendingConfIndex,
        uncommittedSize: raft.uncommittedBytes,
      }),
      conf: writeConf(tracker.conf),
      ...(isCampaigning ? { votes: Object.fromEntries(tracker.votes) } : {}),
      ...(raft.role === "leader" ? { progress: Object.fromEntries(tracker.members.map(writeProgress)) } : {}),
    };
  }

  /** Stable storage in recorded form. */
  stable(): Record<string, unknown> {
    const { storage } = this;
    const entries = storage.entries(storage.firstIndex(), storage.lastIndex() + 1, Infinity)!;
    return {
      ...(storage.kept.index === 0 ? {} : { snapshot: writeSnapshot(storage.kept) }),
      firstIndex: storage.firstIndex(),
      hardState: writeHardState(storage.hardState),
      entries: entries.map(writeEntry),
    };
  }

  private start(): RawNode {
    return new RawNode({ ...this.options, storage: this.storage, random: this.draws });
  }

  private applyConfChange(change: ConfChange): void {
    this.storage.appliedConf = this.node.applyConfChange(change);
  }
}

function writeProgress(progress: Progress): [number, unknown[]] {
  const { id, match, next, state, isPaused, recentActive, pendingSnapshot, inflights, isLearner } = progress;
  return [id, [match, next, state, isPaused, recentActive, pendingSnapshot, inflights.count, isLearner]];
}
