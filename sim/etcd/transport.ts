// One member's connections to the others: per peer a stream for MsgApp, one for all else and one for snapshots, in each
// direction. While a stream is not there, messages go through a connection that the sender dials (the pipeline). What cannot be sent is
// dropped and reported to raft. Source: etcd's rafthttp (peer.send, stream.go, pipeline.go).

import type { Tick } from "../engine/tick.ts";
import type { Network } from "../network/network.ts";
import { entryBytes } from "../raft/entry.ts";
import type { Message } from "../raft/message.ts";
import type { PeerPayload } from "./peer-payload.ts";
import { Pipeline } from "./pipeline.ts";
import type { SnapshotSaved } from "./snapshots.ts";

/** rafthttp's times and sizes. */
/** None: etcd sets 5 s on its dialer, but the transport's DialContext goes before it, so that streams outlive a long silence. */
const READ_TIMEOUT_MICROS = 0;
const LINK_HEARTBEAT_MICROS = 1_666_667;
const REDIAL_MICROS = 100_000;
const DIAL_TIMEOUT_BASE_MICROS = 1_000_000;
/** A stream to a member that was removed is closed so long after. */
const FAREWELL_MICROS = 1_000_000;
const BUFFER_MESSAGES = 4096;
/** A message without its entries, as encoded. */
export const MESSAGE_BYTES = 32;

export interface TransportHost {
  readonly id: number;
  readonly name: string;
  readonly host: number;
  /** Something arrived. */
  receive(payload: PeerPayload): void;
  /** Messages to the peer do not arrive. */
  unreachable(peer: number): void;
  /** The connection for snapshots to the peer broke. */
  snapshotBroken(peer: number): void;
}

type Stream = ReturnType<Network["openStream"]>;

/** Both directions between two members; each of the two has one of these for the other. */
interface Peer {
  readonly id: number;
  readonly append: Stream;
  readonly other: Stream;
  readonly snapshot: Stream;
  readonly pipeline: Pipeline;
  /** Since when the connection is good; 0 when it is not. */
  activeSince: number;
}

export class Transport {
  private readonly network: Network;
  private readonly self: TransportHost;
  private readonly now: () => number;
  private readonly dialTimeoutMicros: number;
  private readonly prefix: string;
  private readonly peers = new Map<number, Peer>();
  /** Those that were removed and still talk to this one. */
  private readonly farewells = new Map<number, Pipeline>();
  /** Members that have dialled this one, which does not know them yet: it can answer them over a pipeline (rafthttp's remotes). */
  private readonly remotes = new Map<number, Pipeline>();

  constructor(network: Network, self: TransportHost, now: () => number, electionMicros: number, prefix: string) {
    this.network = network;
    this.self = self;
    this.now = now;
    this.dialTimeoutMicros = DIAL_TIMEOUT_BASE_MICROS + electionMicros;
    this.prefix = prefix;
  }

  /** Opens the streams to a peer, whose own transport hears of what becomes of them as well. */
  connect(peer: TransportHost, peerTransport: Transport): void {
    if (this.peers.has(peer.id)) return;
    this.remotes.get(peer.id)?.close();
    this.remotes.delete(peer.id);
    const open = (what: string) =>
      this.network.openStream({
        name: `${this.prefix}/${this.self.name}-${peer.name}/${what}`,
        from: this.self.host,
        to: peer.host,
        deliver: (payload: unknown) => peer.receive(payload as PeerPayload),
        opened: () => this.noteActive(peer.id),
        closed: () => {
          this.noteBroken(peer.id);
          if (what === "snapshot") this.self.snapshotBroken(peer.id);
          else this.self.unreachable(peer.id);
        },
        readerOpened: () => {
          peerTransport.noteActive(this.self.id);
          peerTransport.meet(this.self);
        },
        readerClosed: () => peerTransport.noteBroken(this.self.id),
        readTimeoutMicros: READ_TIMEOUT_MICROS,
        linkHeartbeatMicros: LINK_HEARTBEAT_MICROS,
        redialMicros: REDIAL_MICROS,
        dialTimeoutMicros: this.dialTimeoutMicros,
        bufferMessages: BUFFER_MESSAGES,
      });
    const made: Peer = {
      id: peer.id,
      append: open("append"),
      other: open("message"),
      snapshot: open("snapshot"),
      pipeline: this.pipelineTo(peer),
      activeSince: 0,
    };
    this.peers.set(peer.id, made);
  }

  /** Peers that it is connected to or tries to be. */
  peerIds(): number[] {
    return [...this.peers.keys()];
  }

  /** The peer is no member any more. */
  disconnect(id: number): void {
    const peer = this.peers.get(id);
    if (peer === undefined) return;
    this.peers.delete(id);
    // who was removed hears of it when it dials again
    peer.other.send({ type: "gone", from: this.self.id }, MESSAGE_BYTES);
    peer.append.close();
    peer.snapshot.close();
    peer.pipeline.close();
    const { engine } = this.network;
    engine.at((engine.now + FAREWELL_MICROS) as Tick, () => peer.other.close());
  }

  /** Tells a host that it is no member any more: what etcd answers when it dials. */
  tellGone(gone: TransportHost): void {
    const farewell = this.farewells.get(gone.id) ?? this.pipelineTo(gone);
    this.farewells.set(gone.id, farewell);
    farewell.send({ type: "gone", from: this.self.id }, MESSAGE_BYTES);
  }

  send(messages: readonly Message[]): void {
    for (let i = 0; i < messages.length; i++) {
      const message = messages[i]!;
      if (message.type !== "MsgSnap") this.sendOne(message);
    }
  }

  /** Sends a snapshot of `databaseBytes`. @returns false when the peer cannot be reached */
  sendSnapshot(message: Message, databaseBytes: number): boolean {
    const peer = this.peers.get(message.to);
    return peer?.snapshot.send(message, databaseBytes) === true;
  }

  /** Sends what is not raft's. @returns false when there is no connection */
  sendTo(to: number, payload: PeerPayload): boolean {
    return this.peers.get(to)?.other.send(payload, MESSAGE_BYTES) === true;
  }

  /** Tells the sender of a snapshot that it is saved. */
  answerSnapshot(to: number, answer: SnapshotSaved): void {
    this.peers.get(to)?.snapshot.send(answer, MESSAGE_BYTES);
  }

  /** The stream that carries all but MsgApp and snapshots; null to who is no peer. */
  messageStream(to: number): Stream | null {
    return this.peers.get(to)?.other ?? null;
  }

  /** All streams to the peer are open, and nothing is on its way. */
  isIdleTo(to: number): boolean {
    const peer = this.peers.get(to);
    return (
      peer !== undefined && peer.activeSince !== 0 && peer.append.isIdle && peer.other.isIdle && peer.snapshot.isIdle
    );
  }

  /** Since when the peer is connected; 0 when it is not. */
  activeSince(id: number): number {
    return this.peers.get(id)?.activeSince ?? 0;
  }

  /** How many peers are connected. */
  activePeers(): number {
    let count = 0;
    for (const peer of this.peers.values()) if (peer.activeSince !== 0) count++;
    return count;
  }

  /** The own process has ended, and its connections with it. */
  processEnded(): void {
    this.forgetRemotes();
    for (const peer of this.peers.values()) peer.pipeline.close();
  }

  private sendOne(message: Message): void {
    const peer = this.peers.get(message.to);
    const bytes = messageBytes(message);
    if (peer === undefined) return void this.remotes.get(message.to)?.send(message, bytes);
    const { type } = message;
    if (type === "MsgApp" && peer.append.isOpen) {
      if (!peer.append.send(message, bytes)) this.self.unreachable(message.to);
    } else if (peer.other.isOpen) {
      const isHeartbeat = (type === "MsgHeartbeat" || type === "MsgHeartbeatResp") && message.readSeq === 0;
      if (!peer.other.send(message, bytes, isHeartbeat)) this.self.unreachable(message.to);
    } else if (!peer.pipeline.send(message, bytes)) this.self.unreachable(message.to);
  }

  /** The process begins anew: what it was connected to is gone. */
  restart(): void {
    this.forgetRemotes();
    for (const peer of this.peers.values()) {
      peer.activeSince = 0;
      peer.pipeline.close();
    }
  }

  private pipelineTo(peer: TransportHost): Pipeline {
    return new Pipeline({
      network: this.network,
      name: `${this.prefix}/${this.self.name}-${peer.name}/pipeline`,
      from: this.self.host,
      to: peer.host,
      dialTimeoutMicros: this.dialTimeoutMicros,
      deliver: (payload) => peer.receive(payload),
      opened: () => this.noteActive(peer.id),
      failed: () => {
        this.noteBroken(peer.id);
        this.self.unreachable(peer.id);
      },
    });
  }

  /** Another member's process has dialled this one. */
  private meet(other: TransportHost): void {
    if (!this.peers.has(other.id) && !this.remotes.has(other.id)) this.remotes.set(other.id, this.pipelineTo(other));
  }

  private forgetRemotes(): void {
    for (const pipeline of this.farewells.values()) pipeline.close();
    for (const pipeline of this.remotes.values()) pipeline.close();
    this.remotes.clear();
  }

  private noteActive(id: number): void {
    const peer = this.peers.get(id);
    // a moment that is told from "never", also at the very start
    if (peer !== undefined && peer.activeSince === 0) peer.activeSince = Math.max(1, this.now());
  }

  private noteBroken(id: number): void {
    const peer = this.peers.get(id);
    if (peer !== undefined) peer.activeSince = 0;
  }
}

function messageBytes(message: Message): number {
  const { entries } = message;
  let bytes = MESSAGE_BYTES;
  for (let i = 0; i < entries.length; i++) bytes += entryBytes(entries[i]!);
  return bytes;
}
