// A cluster that scripts drive: nodes, one list of messages in flight, and the commands. Prints what happens.
import { createStream } from "../../sim/engine/random.ts";
import { createMessage, type Message, type MessageType } from "../../sim/raft/message.ts";
import type { StepError } from "../../sim/raft/raft.ts";
import type { Snapshot } from "../../sim/raft/storage.ts";
import {
  describeEntry,
  describeMessage,
  describeProgress,
  describeReady,
  describeRole,
  indent,
  parseOperators,
} from "./describe.ts";
import { ScriptedNode } from "./node.ts";
import type { Command } from "./script.ts";

type Run = (command: Command) => string;

export class Environment {
  private readonly nodes: ScriptedNode[] = [];
  private inFlight: Message[] = [];
  private isSilent = false;

  private readonly commands: Readonly<Record<string, Run>> = {
    "log-level": (command) => this.setLogLevel(command.words[0]),
    "add-nodes": (command) => this.addNodes(command),
    campaign: (command) => this.on(command, (node) => node.raw.campaign()),
    propose: (command) => {
      const data = command.words[1]!;
      return this.ask(command, (node) => node.raw.propose(data, data.length));
    },
    "propose-conf-change": (command) => this.proposeConfChange(command),
    "process-ready": (command) => this.each(command, "handling Ready", (id) => this.handleReady(id)),
    "process-append-thread": (command) => this.each(command, "processing append thread", (id) => this.workAppend(id)),
    "process-apply-thread": (command) => this.each(command, "processing apply thread", (id) => this.workApply(id)),
    "deliver-msgs": (command) => this.deliverMessages(command),
    stabilize: (command) => this.stabilize(command),
    "tick-election": (command) => this.on(command, (node) => this.tick(node, node.raw.raft.options.electionTicks)),
    "tick-heartbeat": (command) => this.on(command, (node) => this.tick(node, node.raw.raft.options.heartbeatTicks)),
    "set-randomized-election-timeout": (command) =>
      this.on(command, (node) => {
        node.raw.raft.randomizedElectionTicks = numberOption(command, "timeout")!;
      }),
    "transfer-leadership": (command) => {
      this.node(numberOption(command, "from")!).raw.transferLeader(numberOption(command, "to")!);
      return "";
    },
    "forget-leader": (command) => this.ask(command, (node) => node.raw.forgetLeader()),
    "report-unreachable": (command) => this.on(command, (node) => node.raw.reportUnreachable(Number(command.words[1]))),
    "read-index": (command) =>
      this.on(command, (node) => node.raw.readIndex(command.words[1], command.words[1]!.length)),
    "send-snapshot": (command) => this.sendSnapshot(Number(command.words[0]), Number(command.words[1])),
    compact: (command) => {
      this.node(Number(command.words[0])).storage.compact(Number(command.words[1]));
      return this.showLog(Number(command.words[0]));
    },
    "raft-log": (command) => this.showLog(Number(command.words[0])),
    "raft-state": () => this.showStates(),
    status: (command) => this.showStatus(Number(command.words[0])),
  };

  /** Runs a command. @returns its output, "ok" when there is none */
  run(command: Command): string {
    const run = this.commands[command.name];
    if (run === undefined) throw new Error(`unknown command ${command.name}`);
    const isQuiet = command.name === "stabilize" && command.options.get("log-level")?.[0] === "none";
    const output = run(command).trimEnd();
    return output === "" || this.isSilent || isQuiet ? "ok" : output;
  }

  private setLogLevel(level: string | undefined): string {
    this.isSilent = level === "none";
    return "";
  }

  private addNodes(command: Command): string {
    const list = (key: string) => (command.options.get(key) ?? []).map(Number);
    const is = (key: string) => command.options.get(key)?.[0] === "true";
    const index = numberOption(command, "index") ?? 0;
    const conf = {
      voters: list("voters"),
      learners: list("learners"),
      votersOutgoing: [],
      learnersNext: [],
      autoLeave: false,
    };
    const initial: Snapshot | null =
      index === 0 ? null : { index, term: 1, conf, data: command.options.get("content")?.[0] };
    for (let count = Number(command.words[0]); count > 0; count--) {
      const id = this.nodes.length + 1;
      const options = {
        id,
        electionTicks: 3,
        heartbeatTicks: 1,
        random: createStream("script", `node/${id}`),
        maxInflightMessages: numberOption(command, "inflight") ?? Infinity,
        maxInflightBytes: numberOption(command, "inflight-bytes") ?? 0,
        maxMessageBytes: numberOption(command, "max-size-per-msg") ?? Infinity,
        maxApplyingBytes: numberOption(command, "max-committed-size-per-ready") ?? Infinity,
        asyncStorageWrites: is("async-storage-writes"),
        preVote: is("prevote"),
        checkQuorum: is("checkquorum"),
        disableConfChangeValidation: is("disable-conf-change-validation"),
        stepDownOnRemoval: is("step-down-on-removal"),
        readOnly: command.options.get("read-only")?.[0] === "lease-based" ? "lease" : "safe",
      } as const;
      this.nodes.push(new ScriptedNode(options, initial));
    }
    return "";
  }

  private proposeConfChange(command: Command): string {
    const transition = (command.options.get("transition")?.[0] ?? "auto") as "auto" | "implicit" | "explicit";
    const version = command.options.get("v1")?.[0] === "true" ? 1 : 2;
    const changes = parseOperators(command.input);
    return this.ask(command, (node) => node.raw.proposeConfChange({ version, transition, changes }));
  }

  private handleReady(id: number): string {
    const { ready, messages } = this.node(id).handleReady();
    this.inFlight.push(...messages);
    return describeReady(ready);
  }

  private workAppend(id: number): string {
    return this.showWork(this.node(id).workAppend());
  }

  private workApply(id: number): string {
    return this.showWork(this.node(id).workApply());
  }

  private showWork(message: Message | undefined): string {
    if (message === undefined) return "no work to perform";
    this.inFlight.push(...message.responses);
    const answers = message.responses.map(describeMessage);
    return ["Processing:", describeMessage({ ...message, responses: [] }), "Responses:", ...answers].join("\n");
  }

  private deliverMessages(command: Command): string {
    const type = command.options.get("type")?.[0] as MessageType | undefined;
    const lines = command.words.flatMap((id) => this.deliver(Number(id), type));
    for (const id of command.options.get("drop") ?? []) lines.push(...this.drop(Number(id), type));
    return lines.length === 0 ? "no messages" : lines.join("\n");
  }

  private deliver(id: number, type: MessageType | undefined): string[] {
    return this.take((message) => message.to === id && (type === undefined || message.type === type)).flatMap(
      (message) => {
        const error = this.node(id).raw.step(message);
        return error === null ? [describeMessage(message)] : [describeMessage(message), error];
      },
    );
  }

  private drop(id: number, type: MessageType | undefined): string[] {
    const isLost = (message: Message) =>
      message.to === id && !isLocal(message) && (type === undefined || message.type === type);
    return this.take(isLost).map((message) => `dropped: ${describeMessage(message)}`);
  }

  private take(isTaken: (message: Message) => boolean): Message[] {
    const taken = this.inFlight.filter(isTaken);
    this.inFlight = this.inFlight.filter((message) => !taken.includes(message));
    return taken;
  }

  /** In rounds until nothing happens: a Ready each, messages, writes, applies. */
  private stabilize(command: Command): string {
    const ids = command.words.length > 0 ? command.words.map(Number) : this.nodes.map((_, i) => i + 1);
    const lines: string[] = [];
    const section = (id: number, what: string, text: string) => lines.push(`> ${id} ${what}`, indent(text));
    for (let isDone = false; !isDone; ) {
      const before = lines.length;
      for (const id of ids) {
        if (this.node(id).raw.hasReady()) section(id, "handling Ready", this.handleReady(id));
      }
      for (const id of ids) {
        if (this.inFlight.some((message) => message.to === id)) {
          section(id, "receiving messages", this.deliver(id, undefined).join("\n"));
        }
      }
      for (const id of ids) {
        const node = this.node(id);
        if (node.appendWork.length > 0) {
          const all: string[] = [];
          while (node.appendWork.length > 0) all.push(this.workAppend(id));
          section(id, "processing append thread", all.join("\n"));
        }
      }
      for (const id of ids) {
        const node = this.node(id);
        if (node.applyWork.length > 0) {
          const all: string[] = [];
          while (node.applyWork.length > 0) all.push(this.workApply(id));
          section(id, "processing apply thread", all.join("\n"));
        }
      }
      isDone = lines.length === before;
    }
    return lines.join("\n");
  }

  private sendSnapshot(from: number, to: number): string {
    const node = this.node(from);
    const message = createMessage("MsgSnap", {
      from,
      to,
      term: node.raw.raft.term,
      snapshot: node.storage.snapshot(),
    });
    this.inFlight.push(message);
    return describeMessage(message);
  }

  private showLog(id: number): string {
    const { storage } = this.node(id);
    const first = storage.firstIndex();
    const last = storage.lastIndex();
    if (first > last) return `log is empty: first index=${first}, last index=${last}`;
    return storage
      .entries(first, last + 1, Infinity)!
      .map(describeEntry)
      .join("\n");
  }

  private showStates(): string {
    const lines = this.nodes.map(({ raw: { raft } }) => {
      const part = raft.tracker.isVoter(raft.id) ? "Voter" : "Non-Voter";
      return `${raft.id}: ${describeRole(raft.role)} (${part}) Term:${raft.term} Lead:${raft.lead}`;
    });
    return lines.join("\n");
  }

  private showStatus(id: number): string {
    const { raft } = this.node(id).raw;
    return raft.role === "leader" ? raft.tracker.members.map(describeProgress).join("\n") : "";
  }

  private tick(node: ScriptedNode, count: number): void {
    for (let i = 0; i < count; i++) node.raw.tick();
  }

  private on(command: Command, act: (node: ScriptedNode) => void): string {
    act(this.node(Number(command.words[0])));
    return "";
  }

  private ask(command: Command, act: (node: ScriptedNode) => StepError | null): string {
    return act(this.node(Number(command.words[0]))) ?? "";
  }

  private each(command: Command, what: string, act: (id: number) => string): string {
    const ids = command.words.map(Number);
    if (ids.length === 1) return act(ids[0]!);
    return ids.map((id) => `> ${id} ${what}\n${indent(act(id))}`).join("\n");
  }

  private node(id: number): ScriptedNode {
    const node = this.nodes[id - 1];
    if (node === undefined) throw new Error(`there is no node ${id}`);
    return node;
  }
}

/** Between a node and itself or its threads: never lost. */
function isLocal(message: Message): boolean {
  return message.from === message.to || message.type.startsWith("MsgStorage");
}

function numberOption(command: Command, key: string): number | undefined {
  const value = command.options.get(key)?.[0];
  return value === undefined ? undefined : Number(value);
}
