// Replays one recorded trace step by step and compares everything that is recorded of a step: returned error, draws,
// every field of every Ready, and the state after it. Recorded messages are delivered, so that a difference does not spread.
import type { RaftOptions } from "../../sim/raft/options.ts";
import { walk } from "./differences.ts";
import {
  type RecordedConfChange,
  type RecordedMessage,
  type RecordedSnapshot,
  readConfChange,
  readMessage,
  writeReady,
  writeSnapshot,
} from "./raft-format.ts";
import { RecordedNode } from "./raft-node.ts";

interface Header {
  readonly format: string;
  readonly name: string;
  readonly profile: string;
  readonly voters: readonly number[];
  readonly spareNodes: readonly number[];
  readonly options: {
    readonly electionTick: number;
    readonly heartbeatTick: number;
    readonly preVote: boolean;
    readonly checkQuorum: boolean;
    readonly maxSizePerMsg: number;
    readonly maxInflightMsgs: number;
    readonly maxUncommittedEntriesSize: number;
    readonly readOnlyOption: "safe" | "lease";
    readonly disableProposalForwarding: boolean;
    readonly stepDownOnRemoval: boolean;
  };
  readonly initialSnapshot: RecordedSnapshot;
  readonly initialRand: Readonly<Record<string, readonly number[]>>;
  readonly initialState: Readonly<Record<string, unknown>>;
}

interface Step {
  readonly step: number;
  readonly action: string;
  readonly node: number;
  readonly msg?: number;
  readonly data?: string;
  readonly peer?: number;
  readonly ok?: boolean;
  readonly compactTo?: number;
  readonly confChange?: RecordedConfChange;
  readonly snapshotAt?: RecordedSnapshot;
  readonly rand?: readonly number[];
  readonly ready?: readonly { readonly messages?: readonly RecordedMessage[] }[];
  readonly err?: string;
  readonly state?: unknown;
}

interface End {
  readonly end: true;
  readonly steps: number;
  readonly logs: Readonly<Record<string, unknown>>;
}

export interface TraceDifference {
  readonly trace: string;
  /** Number of the step; "begin" and "end" for the states there. */
  readonly step: number | "begin" | "end";
  readonly field: string;
  readonly expected: unknown;
  readonly actual: unknown;
}

export interface TraceResult {
  readonly name: string;
  readonly profile: string;
  readonly steps: number;
  readonly equal: number;
  readonly differences: readonly TraceDifference[];
}

/** Replays a trace, given as its lines. A difference in a step does not end it. */
export function replayTrace(text: string): TraceResult {
  const lines = text.split("\n").filter((line) => line !== "");
  const header = JSON.parse(lines[0] ?? "{}") as Header;
  if (header.format !== "raft-trace/1") throw new Error(`not a raft trace: format ${header.format}`);
  return new Replay(header).run(lines.slice(1).map((line) => JSON.parse(line) as Step | End));
}

class Replay {
  private readonly header: Header;
  private readonly nodes = new Map<number, RecordedNode>();
  private readonly inFlight = new Map<number, RecordedMessage>();
  private readonly found: TraceDifference[] = [];
  /** Messages are numbered in the order in which they were emitted; by the recorded count, so that one more is one difference. */
  private nextId = 1;

  constructor(header: Header) {
    this.header = header;
    for (const id of [...header.voters, ...header.spareNodes]) {
      const initial = header.voters.includes(id) ? header.initialSnapshot : undefined;
      const node = new RecordedNode(optionsOf(header, id), initial, header.initialRand[id] ?? []);
      this.nodes.set(id, node);
      this.compare("begin", { state: header.initialState[id] }, { state: node.state() });
    }
  }

  run(lines: readonly (Step | End)[]): TraceResult {
    let steps = 0;
    let equal = 0;
    let hasEnd = false;
    for (const line of lines) {
      if ("end" in line) {
        hasEnd = true;
        this.compare("end", { steps: line.steps, logs: line.logs }, { steps, logs: this.logs() });
        continue;
      }
      steps++;
      if (this.replayStep(line)) equal++;
    }
    if (!hasEnd) this.compare("end", { end: true }, {});
    return { name: this.header.name, profile: this.header.profile, steps, equal, differences: this.found };
  }

  private replayStep(line: Step): boolean {
    if (line.action === "drop") {
      const isKnown = this.inFlight.delete(line.msg!);
      return this.compare(line.step, { msg: line.msg }, { msg: isKnown ? line.msg : undefined });
    }
    const node = this.nodes.get(line.node)!;
    const recorded = line.ready?.flatMap((ready) => ready.messages ?? []) ?? [];
    node.draws.load(line.rand ?? []);
    let actual: Record<string, unknown>;
    try {
      const result = this.act(node, line);
      let id = this.nextId;
      const ready = node.drain().map((each) => {
        const written = writeReady(each, id);
        id += each.messages.length;
        return written;
      });
      actual = { ...result, ready, state: node.state() };
    } catch (error) {
      actual = { thrown: String(error) };
    }
    for (const message of recorded) this.inFlight.set(message.id, message);
    this.nextId += recorded.length;
    const { err, snapshotAt, ready = [], state, rand = [] } = line;
    const expected = { err, snapshotAt, ready, state, rand: rand.length };
    return this.compare(line.step, expected, {
      err: undefined,
      snapshotAt: undefined,
      rand: node.draws.taken,
      ...actual,
    });
  }

  /** Does what the step says. @returns the recorded fields that the action itself gives */
  private act(node: RecordedNode, line: Step): { err?: string; snapshotAt?: unknown } {
    const { raw } = node;
    switch (line.action) {
      case "tick":
        raw.tick();
        return {};
      case "deliver":
      case "duplicate": {
        const message = this.inFlight.get(line.msg!);
        if (message === undefined) throw new Error(`message ${line.msg} is not in flight`);
        if (line.action === "deliver") this.inFlight.delete(line.msg!);
        return { err: raw.step(readMessage(message)) ?? undefined };
      }
      case "propose":
        return { err: raw.propose(line.data!, line.data!.length) ?? undefined };
      case "proposeConfChange":
        return { err: raw.proposeConfChange(readConfChange(line.confChange!)) ?? undefined };
      case "campaign":
        raw.campaign();
        return {};
      case "transferLeader":
        raw.transferLeader(line.peer!);
        return {};
      case "readIndex":
        raw.readIndex(line.data!, line.data!.length);
        return {};
      case "forgetLeader":
        return { err: raw.forgetLeader() ?? undefined };
      case "reportUnreachable":
        raw.reportUnreachable(line.peer!);
        return {};
      case "reportSnapshot":
        raw.reportSnapshot(line.peer!, line.ok === true);
        return {};
      case "compact":
        return { snapshotAt: writeSnapshot(node.compactAt(line.compactTo!)) };
      case "restart":
        node.restart();
        return {};
      default:
        throw new Error(`unknown action ${line.action}`);
    }
  }

  private logs(): Record<string, unknown> {
    return Object.fromEntries([...this.nodes].map(([id, node]) => [id, node.stable()]));
  }

  private compare(step: TraceDifference["step"], expected: unknown, actual: unknown): boolean {
    const before = this.found.length;
    walk(expected, actual, [], (path, e, a) => {
      const field = path.map((key) => (typeof key === "number" ? `[${key}]` : `.${key}`)).join("");
      this.found.push({ trace: this.header.name, step, field: field.slice(1), expected: e, actual: a });
    });
    return this.found.length === before;
  }
}

function optionsOf({ options }: Header, id: number): Omit<RaftOptions, "storage" | "random"> {
  return {
    id,
    electionTicks: options.electionTick,
    heartbeatTicks: options.heartbeatTick,
    preVote: options.preVote,
    checkQuorum: options.checkQuorum,
    maxMessageBytes: options.maxSizePerMsg,
    maxApplyingBytes: Infinity,
    maxInflightMessages: options.maxInflightMsgs,
    maxUncommittedBytes: options.maxUncommittedEntriesSize === 0 ? Infinity : options.maxUncommittedEntriesSize,
    readOnly: options.readOnlyOption,
    disableProposalForwarding: options.disableProposalForwarding,
    stepDownOnRemoval: options.stepDownOnRemoval,
  };
}
