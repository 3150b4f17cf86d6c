// The network between simulated processes: hosts in zones, one-way paths between them, ordered streams and duplex connections.
//   const network = new Network(engine, options); const a = network.addHost("etcd-0", "a"); …
//   network.openStream({ name: "message", from: a, to: b, deliver, … })   sender a; b dials, and redials for ever
//   network.connect({ name: "client", from: c, to: a, opened, failed, … }) one dial; dead after failed()
//   network.setProcess / setMachine / pause / resume                      deaths, silence, SIGSTOP
// Faults act through fault-points.ts. Refuses names that are taken. What is modelled, and what is not: docs/NETWORK.md.
import { assert } from "../engine/assert.ts";
import type { Engine } from "../engine/engine.ts";
import { Connection, type ConnectionOptions } from "./connection.ts";
import { DatagramStream } from "./datagram-stream.ts";
import { Host } from "./host.ts";
import { Path } from "./path.ts";
import { CROSS_ZONE, checkProfile, type LinkProfile, SAME_HOST, SAME_ZONE } from "./profile.ts";
import { Reachability } from "./reachability.ts";
import type { Stream, StreamOptions } from "./stream.ts";
import { TcpStream } from "./tcp-stream.ts";
import { Wire } from "./wire.ts";

export type { Connection } from "./connection.ts";
export type { Stream } from "./stream.ts";

/** The profile of one direction between two hosts, by their names. */
export interface LinkPair {
  readonly from: string;
  readonly to: string;
  readonly profile: LinkProfile;
}

export interface NetworkOptions {
  readonly sameHost?: LinkProfile;
  readonly sameZone?: LinkProfile;
  readonly crossZone?: LinkProfile;
  /** Exceptions, one direction each. */
  readonly pairs?: readonly LinkPair[];
  /** "datagram": streams carry every message on its own: it may be lost, doubled or overtaken. Default "tcp". */
  readonly transport?: "tcp" | "datagram";
}

/** The coarsest grain of kernel timers that matters. */
const CLOCK_PHASE_MICROS = 16_384_000;

/** A fault on all paths that match. */
interface PathRule {
  readonly matches: (from: Host, to: Host) => boolean;
  readonly act: (path: Path) => () => void;
  readonly undo: (() => void)[];
}

export class Network {
  readonly engine: Engine;
  readonly hosts: Host[] = [];
  /** Between places that are no hosts, such as nodes and their pods. */
  readonly reachability = new Reachability();
  private readonly options: NetworkOptions;
  private readonly wire: Wire;
  private readonly byName = new Map<string, Host>();
  private readonly pairs = new Map<string, LinkProfile>();
  private readonly rules = new Set<PathRule>();
  // [from][to]
  private readonly paths: Path[][] = [];

  /** Registers its kinds of event: at set-up. @throws AssertionError when a profile has no meaning */
  constructor(engine: Engine, options: NetworkOptions = {}) {
    this.engine = engine;
    this.options = options;
    for (const profile of [options.sameHost, options.sameZone, options.crossZone]) {
      if (profile !== undefined) checkProfile(profile);
    }
    for (const pair of options.pairs ?? []) {
      checkProfile(pair.profile);
      this.pairs.set(`${pair.from}>${pair.to}`, pair.profile);
    }
    this.wire = new Wire(engine);
  }

  /**
   * Adds the host of one process; also at run time.
   *
   * @param machine hosts of one machine talk over loopback and fall silent together; default: a machine of its own
   * @returns its id
   */
  addHost(name: string, zone: string, machine = name): number {
    assert(!this.byName.has(name), `host ${name} is in the network twice`);
    const phaseMicros =
      this.hosts.find((other) => other.machine === machine)?.clockPhaseMicros ??
      this.engine.stream(`network/${machine}/clock-phase`).int(CLOCK_PHASE_MICROS);
    const host = new Host(this.hosts.length, name, zone, machine, phaseMicros);
    this.byName.set(name, host);
    this.paths.push([]);
    this.hosts.push(host);
    for (const rule of this.rules) {
      for (const other of this.hosts) {
        this.apply(rule, host, other);
        if (other !== host) this.apply(rule, other, host);
      }
    }
    return host.id;
  }

  /** The id of a host, or undefined when there is none of this name. */
  hostId(name: string): number | undefined {
    return this.byName.get(name)?.id;
  }

  /** A one-way stream; its receiver dials now, and whenever it has no connection. */
  openStream(options: StreamOptions): Stream {
    const out = this.path(options.from, options.to);
    const back = this.path(options.to, options.from);
    const sender = this.hosts[options.from]!;
    const receiver = this.hosts[options.to]!;
    return this.options.transport === "datagram"
      ? new DatagramStream(this.wire, options, sender, receiver, out)
      : new TcpStream(this.wire, options, sender, receiver, out, back);
  }

  /** A client's connection; it is dialled now. */
  connect(options: ConnectionOptions): Connection {
    const out = this.path(options.from, options.to);
    const back = this.path(options.to, options.from);
    return new Connection(this.wire, options, this.hosts[options.from]!, this.hosts[options.to]!, out, back);
  }

  /** What is opened by `open` is connected at once, as if it had been opened long ago. At the start of a run. */
  settle(open: () => void): void {
    this.wire.isSettling = true;
    open();
    this.wire.isSettling = false;
  }

  /**
   * The process starts, or dies: its connections are reset by its machine, dials are refused.
   *
   * @throws AssertionError when it starts on a machine that is down
   */
  setProcess(host: number, isRunning: boolean): void {
    const target = this.host(host);
    if (target.isRunning === isRunning) return;
    assert(target.isMachineUp || !isRunning, `${target.name} starts on a machine that is down`);
    target.isRunning = isRunning;
    target.isPaused = false;
    if (target.isMachineUp) target.changed(isRunning ? "started" : "stopped");
  }

  /** The machine of a host comes up, or falls silent with all its hosts. Their processes are down after it has come up. */
  setMachine(host: number, isUp: boolean): void {
    const machine = this.host(host).machine;
    for (const target of this.hosts) {
      if (target.machine !== machine || target.isMachineUp === isUp) continue;
      if (!isUp) target.isRunning = false;
      target.isPaused = false;
      target.isMachineUp = isUp;
      target.changed(isUp ? "reachable" : "silenced");
    }
  }

  /** The process stops reading (SIGSTOP): buffers fill. It must not send either. */
  pause(host: number): void {
    const target = this.host(host);
    if (target.isPaused || !target.isRunning) return;
    target.isPaused = true;
    target.changed("paused");
  }

  /** The process reads again: what has arrived is delivered at once. */
  resume(host: number): void {
    const target = this.host(host);
    if (!target.isPaused) return;
    target.isPaused = false;
    target.changed("resumed");
  }

  /** The direction between two hosts. */
  path(from: number, to: number): Path {
    const sender = this.host(from);
    const receiver = this.host(to);
    const row = this.paths[from]!;
    row[to] ??= new Path(from, to, `${sender.name}>${receiver.name}`, this.profileOf(sender, receiver));
    return row[to];
  }

  /**
   * Does something to every path between hosts that match, also to those of hosts that come later.
   *
   * @param act returns what takes it back
   * @returns what takes it back everywhere, once
   */
  onPaths(matches: (from: Host, to: Host) => boolean, act: (path: Path) => () => void): () => void {
    const rule: PathRule = { matches, act, undo: [] };
    this.rules.add(rule);
    for (const from of this.hosts) for (const to of this.hosts) this.apply(rule, from, to);
    return () => {
      if (!this.rules.delete(rule)) return;
      for (const undo of rule.undo) undo();
    };
  }

  private apply(rule: PathRule, from: Host, to: Host): void {
    if (rule.matches(from, to)) rule.undo.push(rule.act(this.path(from.id, to.id)));
  }

  private host(id: number): Host {
    const host = this.hosts[id];
    assert(host !== undefined, `no host ${id} in the network`);
    return host;
  }

  private profileOf(sender: Host, receiver: Host): LinkProfile {
    const { sameHost = SAME_HOST, sameZone = SAME_ZONE, crossZone = CROSS_ZONE } = this.options;
    const own = this.pairs.get(`${sender.name}>${receiver.name}`);
    if (own !== undefined) return own;
    if (sender.machine === receiver.machine) return sameHost;
    return sender.zone === receiver.zone ? sameZone : crossZone;
  }
}
