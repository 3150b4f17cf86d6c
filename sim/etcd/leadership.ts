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
  server: MemberProcess,
  target: number,
  done: (error: EtcdError | null) => void,
): void {
  const { engine, options } = server.frame;
  const member = server.membership.get(target);
  if (member === undefined || member.isLearner) return done(ERRORS.badLeaderTransferee);
  const givesUpAt = engine.now + server.localMicros(options.requestTimeoutMicros);
  server.loop.act((node) => node.transferLeader(target));
  const look = () => {
    if (server.isStopped) return;
    if (server.leader === target) return done(null);
    if (engine.now >= givesUpAt) return done(ERRORS.leaderTransferTimeout);
    const next = Math.min(givesUpAt, engine.now + server.localMicros(options.heartbeatMicros));
    engine.at(next as Tick, () => server.guard(look));
  };
  look();
}

/** Answers what is under way, for at most a request timeout, and hands leadership over. `done` when the process may end. */
export function shutDown(server: MemberProcess, done: () => void): void {
  const { engine, options, id, transport } = server.frame;
  const drainsUntil = engine.now + server.localMicros(options.requestTimeoutMicros);
  const handOver = () => {
    const voters = server.membership.voters().filter((member) => member.id !== id);
    if (server.leader !== id || voters.length === 0) return done();
    // the one that is connected longest
    const connected = voters.filter((member) => transport.activeSince(member.id) !== 0);
    connected.sort((a, b) => transport.activeSince(a.id) - transport.activeSince(b.id) || a.id - b.id);
    const target = connected[0];
    if (target === undefined) return done();
    transferLeadership(server, target.id, done);
  };
  const drain = () => {
    if (server.isStopped) return;
    if ((server.proposing.isIdle() && server.reads.isIdle()) || engine.now >= drainsUntil) return handOver();
    engine.at((engine.now + DRAIN_POLL_MICROS) as Tick, () => server.guard(drain));
  };
  server.guard(drain);
}
