// The machine that the recordings were made on: two cores and one virtio disk under all members and the recorder, with other
// software beside them. Calibrated once, on steady_load (fsync, requests) and follower_kill (stalls: nothing else interrupts
// there); used for all kinds. Its load changed from minute to minute, so each trial draws how bad it is.
import { type Distribution, sample } from "../../../sim/engine/distributions.ts";
import { createStream, type RandomStream } from "../../../sim/engine/random.ts";
import type { DiskProfile } from "../../../sim/model/disk-profile.ts";
import type { Op } from "./op.ts";

/** Whether other software competed; the README of the recordings says for which kinds it hardly did. */
export type Load = "idle" | "busy";

interface Stall {
  readonly at: number;
  readonly until: number;
}

interface NoiseProfile {
  /** How much worse or better a trial is than another, as a factor of all durations. */
  readonly level: Distribution;
  /** Median of an fsync at level 1, with three members on the disk. */
  readonly fsyncMicros: number;
  readonly diskStallsPerSecond: number;
  readonly diskStallMicros: Distribution;
  readonly recorderStallsPerSecond: number;
  readonly recorderStallMicros: Distribution;
  /** Mean of what the switch, a process beside the others, adds to a frame that it holds back. */
  readonly switchMicros: number;
  /** Mean of what varies in the time of a request between client and member. */
  readonly rpcMicros: number;
}

const NOISE: Readonly<Record<Load, NoiseProfile>> = {
  idle: {
    level: { kind: "lognormal", mu: 0, sigma: 1 },
    fsyncMicros: 550,
    diskStallsPerSecond: 0.3,
    diskStallMicros: { kind: "exponential", mean: 12_000 },
    recorderStallsPerSecond: 3,
    recorderStallMicros: { kind: "exponential", mean: 15_000 },
    switchMicros: 2_500,
    rpcMicros: 40,
  },
  busy: {
    level: { kind: "lognormal", mu: 0, sigma: 0.9 },
    fsyncMicros: 3_000,
    diskStallsPerSecond: 0.5,
    diskStallMicros: { kind: "exponential", mean: 25_000 },
    recorderStallsPerSecond: 0.7,
    recorderStallMicros: { kind: "exponential", mean: 75_000 },
    switchMicros: 2_500,
    rpcMicros: 600,
  },
};

/** Standard deviation of the logarithm of single fsyncs in one trial. */
const FSYNC_SPREAD = 0.7;

/**
 * Recorded with idle processors: leader_kill (README of the recordings), the loads, whose fsyncs tell (wal_fsync_p50_ms), and the two
 * kinds with added latency.
 */
const IDLE_KINDS = new Set([
  "leader_kill",
  "leader_kill_latency",
  "network_latency_steady",
  "overload",
  "slow_disk",
  "steady_load",
]);

/** Which load the machine was under while a kind was recorded. */
export function loadOf(kind: string): Load {
  return IDLE_KINDS.has(kind) ? "idle" : "busy";
}

const LEAST_RPC_MICROS = 15;
/** Processor time of an entry that a member applies. */
export const APPLY_MICROS = 55;
/** Processor time of a request that waited for a stopped process: at the recorder, and until the process is up to date. */
const BACKLOG_MICROS = 38;
const CATCH_UP_MICROS = 80;
/**
 * Processor time of a request at client and members together, and of a round of messages between members that all requests of the time
 * share; from the recorded throughputs and the latencies of one client.
 */
const CPU_MICROS: Readonly<Record<Op, number>> = { put: 60, lread: 55, sread: 33 };
const ROUND_MICROS: Readonly<Record<Op, number>> = { put: 400, lread: 460, sread: 0 };
/** So many clients at least share a round of reads, which are begun one after the other. */
const SHARING: Readonly<Record<Op, number>> = { put: 1, lread: 8, sread: 1 };

/** One trial's machine. */
export class Machine {
  readonly disk: DiskProfile;
  readonly switchMicros: number;
  /** When the disk completes nothing, for all members at once; in order, not overlapping. */
  readonly diskStalls: readonly Stall[];
  private readonly recorderStalls: Stall[];
  private readonly random: RandomStream;
  private readonly rpc: Distribution;
  private nextStall = 0;

  constructor(seed: string, load: Load, members: number, durationMicros: number) {
    const noise = NOISE[load];
    const random = createStream(seed, "machine/noise");
    const level = sample(noise.level, random);
    // one disk serves all members
    const fsyncMicros = noise.fsyncMicros * level * (members / 3);
    this.disk = {
      fsyncMicros: { kind: "lognormal", mu: Math.log(fsyncMicros), sigma: FSYNC_SPREAD },
      writeBytesPerSecond: 2e8,
      readBytesPerSecond: 5e8,
    };
    this.rpc = { kind: "exponential", mean: noise.rpcMicros * level };
    this.switchMicros = noise.switchMicros * level;
    this.diskStalls = stallsOf(noise.diskStallsPerSecond, noise.diskStallMicros, level, durationMicros, random);
    this.recorderStalls = stallsOf(
      noise.recorderStallsPerSecond,
      noise.recorderStallMicros,
      level,
      durationMicros,
      random,
    );
    this.random = createStream(seed, "machine/requests");
  }

  /** When the recorder notices what happens at `micros`, or does what is due then. Asked in nearly ascending order. */
  recorderTime(micros: number): number {
    const stalls = this.recorderStalls;
    while (this.nextStall < stalls.length && stalls[this.nextStall]!.until < micros - 100_000) this.nextStall++;
    let awake = micros;
    for (let i = this.nextStall; i < stalls.length && stalls[i]!.at <= awake; i++) {
      if (awake < stalls[i]!.until) awake = stalls[i]!.until;
    }
    return awake;
  }

  /**
   * A process has so many requests to answer at once, and the recorder as many answers to read.
   *
   * @returns when the process has answered all
   */
  backlog(now: number, requests: number): number {
    const at = this.recorderStalls.findIndex((stall) => stall.at > now);
    const stall = { at: now, until: now + requests * BACKLOG_MICROS };
    this.recorderStalls.splice(at < 0 ? this.recorderStalls.length : at, 0, stall);
    return now + requests * CATCH_UP_MICROS;
  }

  /** What gRPC and the kernel add to a request and its answer. */
  rpcMicros(): number {
    return LEAST_RPC_MICROS + Math.round(sample(this.rpc, this.random));
  }

  /** Processor time of a request while so many clients send them. */
  cpuMicros(op: Op, clients: number): number {
    return CPU_MICROS[op] + Math.round(ROUND_MICROS[op] / Math.max(SHARING[op], clients));
  }

  /** How long an error takes that the client's own library gives. */
  localMicros(): number {
    return 20;
  }

  /** How much longer an fsync takes while so many clients keep all members writing to one disk (wal_fsync_p50_ms_leader). */
  contention(clients: number): number {
    return clients ** 0.4;
  }

  /** What a process that is started for the first time does before: it makes a log file of 64 MB. */
  firstStartMicros(): number {
    return this.random.int(1_000_000);
  }

  /** From the decision to end until the process is gone. */
  exitMicros(): number {
    return 20_000 + this.random.int(150_000);
  }

  /** From SIGKILL until the kernel has closed the connections. */
  killMicros(): number {
    return 4_000 + Math.floor(this.random.next() * 6_000);
  }

  /** A uniform draw in 0 … n - 1 for what the recorder left to chance. */
  choose(n: number): number {
    return this.random.int(n);
  }
}

function stallsOf(
  perSecond: number,
  duration: Distribution,
  level: number,
  untilMicros: number,
  random: RandomStream,
): Stall[] {
  const stalls: Stall[] = [];
  const gap: Distribution = { kind: "exponential", mean: 1e6 / perSecond };
  for (let at = 0; ; ) {
    at += Math.round(sample(gap, random));
    const until = at + Math.max(1, Math.round(level * sample(duration, random)));
    if (at >= untilMicros) return stalls;
    stalls.push({ at, until });
    at = until;
  }
}
