// What a member is told when it is made. Limits in bytes count as etcd counts them; Infinity means no limit.
import { assert } from "../engine/assert.ts";
import type { RandomStream } from "../engine/random.ts";
import { NONE } from "./message.ts";
import type { Storage } from "./storage.ts";

export interface RaftOptions {
  /** Not 0. */
  readonly id: number;
  readonly storage: Storage;
  /** Draws election timeouts, uniform in `electionTicks … 2 * electionTicks - 1`; one draw each time a state begins. */
  readonly random: Pick<RandomStream, "int">;
  /** Without a leader for this long, at least, a follower campaigns. Above {@link heartbeatTicks}. */
  readonly electionTicks: number;
  readonly heartbeatTicks: number;
  /** What the application had applied before a restart. Default: what the storage's snapshot contains. */
  readonly appliedIndex?: number;
  /** Writes and applies go as messages to threads that answer when they are done. Default false: `advance` reports them. */
  readonly asyncStorageWrites?: boolean;
  /** Entries per MsgApp; one always fits. Default no limit. */
  readonly maxMessageBytes?: number;
  /** Committed entries handed out and not yet applied. Default {@link maxMessageBytes}. */
  readonly maxApplyingBytes?: number;
  /** Payload a leader takes before it drops proposals; one always fits. Default no limit. */
  readonly maxUncommittedBytes?: number;
  /** MsgApp in flight to one follower. Default 256. */
  readonly maxInflightMessages?: number;
  /** Payload in flight to one follower; 0 means no limit, the default. */
  readonly maxInflightBytes?: number;
  /** A leader that hears of no quorum for an election timeout steps down, and votes wait for the lease to end. Default false. */
  readonly checkQuorum?: boolean;
  /** Ask before a term is begun (Raft dissertation §9.6). Default false. */
  readonly preVote?: boolean;
  /** `lease` trusts clocks, and needs {@link checkQuorum}. Default `safe`. */
  readonly readOnly?: "safe" | "lease";
  /** Followers drop proposals instead of forwarding them. Default false. */
  readonly disableProposalForwarding?: boolean;
  /** A leader takes any configuration change at any time. Default false. */
  readonly disableConfChangeValidation?: boolean;
  /** A leader that is removed or demoted steps down at once. Default false. */
  readonly stepDownOnRemoval?: boolean;
}

/** The options with defaults. @throws AssertionError when they contradict themselves */
export function resolveOptions(options: RaftOptions): Required<RaftOptions> {
  const maxMessageBytes = options.maxMessageBytes ?? Infinity;
  const resolved = {
    ...options,
    appliedIndex: options.appliedIndex ?? 0,
    asyncStorageWrites: options.asyncStorageWrites ?? false,
    maxMessageBytes,
    maxApplyingBytes: options.maxApplyingBytes ?? maxMessageBytes,
    maxUncommittedBytes: options.maxUncommittedBytes ?? Infinity,
    maxInflightMessages: options.maxInflightMessages ?? 256,
    maxInflightBytes: options.maxInflightBytes ?? 0,
    checkQuorum: options.checkQuorum ?? false,
    preVote: options.preVote ?? false,
    readOnly: options.readOnly ?? "safe",
    disableProposalForwarding: options.disableProposalForwarding ?? false,
    disableConfChangeValidation: options.disableConfChangeValidation ?? false,
    stepDownOnRemoval: options.stepDownOnRemoval ?? false,
  };
  assert(resolved.id !== NONE, "raft: a member's id is not 0");
  assert(resolved.heartbeatTicks > 0, "raft: heartbeatTicks must be above 0");
  assert(resolved.electionTicks > resolved.heartbeatTicks, "raft: electionTicks must be above heartbeatTicks");
  assert(resolved.maxInflightMessages > 0, "raft: maxInflightMessages must be above 0");
  assert(resolved.readOnly === "safe" || resolved.checkQuorum, "raft: lease-based reads need checkQuorum");
  return resolved;
}
