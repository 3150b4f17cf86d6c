// Handing leadership over: by order of an operator, and before the process ends. Source: etcd's MoveLeader, TransferLeadership and
// embed's Close.
import type { Tick } from "../engine/tick.ts";
import { ERRORS, type EtcdError } from "./error.ts";
import type { MemberProcess } from "./process.ts";

const DRAIN_POLL_MICROS = 1_000;

/**
 * Moves leadership to a voter, and looks every tick whether that has happened (etcdserver.moveLeader).
 *
 * @param done hears null, or why it did not happen
 */
export function transferLeadership(
  process: MemberProcess,
  target: number,
  done: (error: EtcdError | null) => void,
): void {
  const { engine, options } = process.frame;
  const member = process.membership.get(target);
  if (member === undefined || member.isLearner) return done(ERRORS.badLeaderTransferee);
  const givesUpAt = engine.now + process.localMicros(options.requestTimeoutMicros);
  process.loop.act((node) => node.transferLeader(target));
  const look = () => {
    if (process.isStopped) return;
    if (process.leader === target) return done(null);
    if (engine.now >= givesUpAt) return done(ERRORS.leaderTransferTimeout);
    const next = Math.min(givesUpAt, engine.now + process.localMicros(options.heartbeatMicros));
    engine.at(next as Tick, () => process.guard(look));
  };
  look();
}

/** Answers what is under way, for at most a request timeout, and hands leadership over. `done` when the process may end. */
export function shutDown(process: MemberProcess, done: () => void): void {
  const { engine, options, id, transport } = process.frame;
  const drainsUntil = engine.now + process.localMicros(options.requestTimeoutMicros);
  const handOver = () => {
    const voters = process.membership.voters().filter((member) => member.id !== id);
    if (process.leader !== id || voters.length === 0) return done();
    // the one that is connected longest
    const connected = voters.filter((member) => transport.activeSince(member.id) !== 0);
    connected.sort((a, b) => transport.activeSince(a.id) - transport.activeSince(b.id) || a.id - b.id);
    const target = connected[0];
    if (target === undefined) return done();
    transferLeadership(process, target.id, done);
  };
  const drain = () => {
    if (process.isStopped) return;
    if ((process.proposing.isIdle() && process.reads.isIdle()) || engine.now >= drainsUntil) return handOver();
    engine.at((engine.now + DRAIN_POLL_MICROS) as Tick, () => process.guard(drain));
  };
  process.guard(drain);
}
