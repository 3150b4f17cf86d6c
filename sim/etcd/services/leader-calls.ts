// Requests about a lease's time, which only the leader can answer: from any member, over HTTP between members and not through the log.
// Waits for a leader, tries again every 50 ms, and gives up after the request timeout. Source: etcd's LeaseRenew and LeaseTimeToLive.
import type { Tick } from "../../engine/tick.ts";
import type { Done } from "../answer.ts";
import { ERRORS, EtcdError } from "../error.ts";
import type { LeaseKeepAliveRequest, LeaseTimeToLiveRequest } from "../request.ts";
import type { TimerHost } from "./timer.ts";

export type LeaseTimeRequest = LeaseKeepAliveRequest | LeaseTimeToLiveRequest;

const RETRY_MICROS = 50_000;

export interface LeaderCallHost extends TimerHost {
  leader(): number;
  localMicros(micros: number): number;
  /** Asks this member itself. @returns false when it does not count the time of leases */
  answerAsLeader(request: LeaseTimeRequest, done: Done): boolean;
  /** Asks another member, which answers as the leader or with an error. */
  forward(leader: number, request: LeaseTimeRequest, timeoutMicros: number, done: Done): void;
}

/** Answers a request about a lease's time, here or through the leader. */
export function callLeader(
  host: LeaderCallHost,
  request: LeaseTimeRequest,
  electionMicros: number,
  timeoutMicros: number,
  done: Done,
): void {
  const { engine } = host;
  const givesUpAt = engine.now + host.localMicros(timeoutMicros);
  const later = (micros: number, action: () => void) =>
    engine.at(Math.max(engine.now, Math.min(givesUpAt, engine.now + host.localMicros(micros))) as Tick, () =>
      host.guard(action),
    );

  const forward = (): void => {
    if (engine.now >= givesUpAt) return done(host.leader() === 0 ? ERRORS.noLeader : ERRORS.timeout);
    const leader = host.leader();
    if (leader === 0) return void later(electionMicros, forward);
    host.forward(leader, request, givesUpAt - engine.now, (answer) => {
      if (!(answer instanceof EtcdError)) return done(answer);
      later(RETRY_MICROS, forward);
    });
  };
  if (host.answerAsLeader(request, (answer) => (answer === ERRORS.notLeader ? forward() : done(answer)))) return;
  forward();
}
