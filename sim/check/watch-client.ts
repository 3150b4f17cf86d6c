// One watch of a client, across members: opened at one, and when that dies or ends it, opened again elsewhere from where it was. Some
// read slowly, so that the member has to keep what they do not take.
import type { RandomStream } from "../engine/random.ts";
import { EtcdError } from "../etcd/error.ts";
import type { EtcdMember } from "../etcd/member.ts";
import type { KeyRange } from "../etcd/request.ts";
import type { WatchStream as MemberStream } from "../etcd/services/watch-stream.ts";
import type { Report } from "./invariants/member-view.ts";
import { WatchStream } from "./invariants/watch-stream.ts";
import type { ReferenceStore } from "./reference-store.ts";
import type { Sometimes } from "./sometimes.ts";

export interface WatchHost {
  readonly store: ReferenceStore;
  readonly sometimes: Sometimes;
  members(): readonly EtcdMember[];
  after(micros: number, action: () => void): void;
  look(): void;
  story(line: () => string): void;
}

const RETRY_MICROS = 150_000;

export class WatchClient {
  private readonly name: string;
  private readonly range: KeyRange;
  private readonly host: WatchHost;
  private readonly random: RandomStream;
  private readonly report: Report;
  private isSlow: boolean;
  private member: EtcdMember | null = null;
  private stream: MemberStream | null = null;
  /** What must be told; null until a watch from now on knows where that is. */
  private promise: WatchStream | null = null;
  private isBlocked = false;
  private isEnded = false;
  /** Numbers attempts, so that what an earlier one still hears is dropped. */
  private attempt = 0;

  constructor(options: {
    readonly name: string;
    readonly range: KeyRange;
    readonly startRevision: number;
    readonly host: WatchHost;
    readonly random: RandomStream;
    readonly report: Report;
  }) {
    this.name = options.name;
    this.range = options.range;
    this.host = options.host;
    this.random = options.random;
    this.report = options.report;
    this.isSlow = this.random.int(4) === 0;
    if (options.startRevision > 0) this.promise = this.promiseFrom(options.startRevision);
  }

  /** Opens it at a member, or at another if that is not to be had. */
  open(member: EtcdMember): void {
    if (this.isEnded) return;
    const stream = member.isServing && !member.isPaused ? member.openWatchStream(false, () => !this.isBlocked) : null;
    if (stream === null || stream instanceof EtcdError) return this.openElsewhere();
    this.member = member;
    this.stream = stream;
    const attempt = ++this.attempt;
    const startRevision = this.promise?.nextRevision ?? 0;
    if (startRevision > 0 && startRevision <= member.view.revision) this.host.sometimes.reached("watch from the past");
    stream.create(
      { ...this.range, startRevision, prevKv: this.random.int(2) === 0 },
      {
        told: (events, revision) => {
          if (attempt !== this.attempt) return;
          this.host.look();
          if (this.promise === null) this.promise = this.promiseFrom(revision + 1);
          if (events.length > 0) this.promise.deliver(events);
          else this.promise.progress(revision);
          if (this.isSlow && this.random.int(3) === 0) this.block();
        },
        ended: (error, compactRevision) => {
          if (attempt !== this.attempt) return;
          this.host.look();
          this.host.story(() => `${this.name} at ${member.name} ended: ${error.message}, compacted ${compactRevision}`);
          if (compactRevision > 0) {
            this.host.sometimes.reached("watch cancelled by compaction");
            this.promise?.compacted(compactRevision);
          }
          this.close();
          this.openElsewhere();
        },
      },
    );
    if (this.random.int(3) === 0) this.host.after(this.random.int(2_000_000), () => this.askProgress(attempt));
  }

  /** A member's process is gone: connections to it break. */
  memberStopped(member: EtcdMember): void {
    if (member !== this.member) return;
    this.attempt++;
    this.stream = null;
    this.member = null;
    this.host.sometimes.reached("watch resumed elsewhere");
    this.openElsewhere();
  }

  /** Whoever watches at a member that is no part of the cluster any more goes elsewhere. */
  leave(present: readonly EtcdMember[]): void {
    if (this.member === null || present.includes(this.member)) return;
    this.close();
    this.openElsewhere();
  }

  end(): void {
    this.isEnded = true;
    this.close();
  }

  /** From now on it reads whatever comes. */
  hurry(): void {
    this.isSlow = false;
    this.drain();
  }

  private drain(): void {
    if (!this.isBlocked) return;
    this.isBlocked = false;
    this.stream?.resume();
  }

  /** Was everything told? */
  isCaughtUp(): boolean {
    return this.isEnded || this.promise === null || (this.stream !== null && this.promise.isCaughtUp());
  }

  private promiseFrom(startRevision: number): WatchStream {
    const { name, range, report } = this;
    return new WatchStream({ name, range, startRevision, store: this.host.store, report });
  }

  private openElsewhere(): void {
    this.host.after(1 + this.random.int(RETRY_MICROS), () => {
      const members = this.host.members();
      if (this.stream === null && !this.isEnded) this.open(members[this.random.int(members.length)]!);
    });
  }

  private close(): void {
    this.attempt++;
    // not from inside of the member's own round of its watchers
    const { stream } = this;
    this.stream = null;
    this.member = null;
    if (stream !== null) this.host.after(0, () => stream.close());
  }

  private block(): void {
    if (this.isBlocked) return;
    this.isBlocked = true;
    this.host.after(10_000 + this.random.int(3_000_000), () => this.drain());
  }

  private askProgress(attempt: number): void {
    if (attempt === this.attempt && this.member?.isPaused === false) this.stream?.requestProgress();
  }
}
