// The recorded single requests by scenario: how each is put to the simulated cluster, and which detail of the answer was noted.

import type { AlarmAnswer } from "../../../sim/etcd/answer.ts";
import { EtcdError } from "../../../sim/etcd/error.ts";
import type { WatchEvent } from "../../../sim/etcd/request.ts";
import type { Answer, ApiScenario } from "./api-scenario.ts";

type Act = (scenario: ApiScenario, match: RegExpExecArray, target: string) => Answer;

const OK: Answer = { code: "OK", message: "", detail: "" };
const key = (name: string) => ({ key: name, rangeEnd: "" });
const put = (name: string, valueBytes = 10, lease = 0) =>
  ({ kind: "put", key: name, value: valueBytes, valueBytes, lease }) as const;
const range = (revision = 0, serializable = false) =>
  ({ kind: "range", ...key("key"), revision, limit: 0, serializable }) as const;
const alarmsOf = (answer: AlarmAnswer) => `alarms=[${answer.alarms.map(({ alarm }) => alarm).join(" ")}]`;
const listAlarms = { kind: "alarm", action: "list", member: 0, alarm: "NOSPACE" } as const;
const unknownId = 4711;
/** Sizes of files are a model's: so far may they be off. */
const FILE_TOLERANCE = 0.02;

const exact = (text: string) => new RegExp(`^${text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}$`);

const compaction: [RegExp, Act][] = [
  [
    /^compact\(rev=(\d+)\)/,
    (at, match, target) =>
      at.ask(target, { kind: "compact", revision: Number(match[1]) }, ({ revision }) => `revision=${revision}`),
  ],
  [
    /^range\(rev=(\d+)\)$/,
    (at, match, target) =>
      at.ask(
        target,
        range(Number(match[1]), target.endsWith("serializable")),
        ({ count, revision }) => `count=${count} revision=${revision}`,
      ),
  ],
  [
    /^txn\{range\(rev=(\d+)\)\}$/,
    (at, match, target) =>
      at.ask(target, { kind: "txn", compare: [], success: [range(Number(match[1]))], failure: [] }),
  ],
];

const watch: [RegExp, Act][] = [
  [/^watch\(start_revision=(\d+)\)/, (at, match, target) => watchFor(at, target, Number(match[1]))],
  [
    /^progress_request$/,
    (at, _match, target) => {
      const stream = at.cluster.member(at.member(target)).openWatchStream(false);
      if (stream instanceof EtcdError) return { code: stream.code, message: stream.message, detail: "" };
      let told = "";
      stream.create(
        { ...key("key"), startRevision: 0 },
        {
          told: (events, revision) => (told = `watch_id=-1 events=${events.length} header.revision=${revision}`),
          ended: () => undefined,
        },
      );
      told = "";
      stream.requestProgress();
      at.run(20_000);
      stream.close();
      return { ...OK, detail: told };
    },
  ],
];

/** A watch for 1.5 s, and the messages of its stream as the recorder printed them. */
function watchFor(at: ApiScenario, target: string, startRevision: number): Answer {
  const member = at.cluster.member(at.member(target));
  const stream = member.openWatchStream(false);
  if (stream instanceof EtcdError) return { code: stream.code, message: stream.message, detail: "" };
  const messages = [watchMessage({ created: true, revision: member.view.revision })];
  stream.create(
    { ...key("key"), startRevision },
    {
      told: (events, revision) => void messages.push(watchMessage({ events, revision })),
      ended: (_error, compactRevision) => void messages.push(watchMessage({ compactRevision })),
    },
  );
  at.run(1_500_000);
  stream.close();
  return { ...OK, detail: messages.join(" ") };
}

function watchMessage(message: {
  created?: boolean;
  compactRevision?: number;
  events?: readonly WatchEvent[];
  revision?: number;
}): string {
  const { created = false, compactRevision = 0, events = [], revision = 0 } = message;
  const modified = events.map(({ kv }) => kv.modRevision);
  return (
    `{created=${created} canceled=${compactRevision > 0} compact_revision=${compactRevision} cancel_reason="" ` +
    `events=${events.length} first_mod=${modified[0] ?? 0} last_mod=${modified.at(-1) ?? 0} header.revision=${revision}}`
  );
}

const manyOps = Array.from({ length: 129 }, (_, i) => put(`key-${i}`));
const validation: [RegExp, Act][] = [
  [exact("put(key='')"), (at, _m, target) => at.ask(target, put(""))],
  [exact("put(1.6 MB value)"), (at, _m, target) => at.ask(target, put("big", 1_600_000))],
  [exact("put(2.5 MB value)"), (at, _m, target) => at.ask(target, put("big", 2_500_000))],
  [
    exact("txn(129 ops)"),
    (at, _m, target) => at.ask(target, { kind: "txn", compare: [], success: manyOps, failure: [] }),
  ],
  [
    exact("txn(duplicate key puts)"),
    (at, _m, target) =>
      at.ask(target, { kind: "txn", compare: [], success: [put("twice"), put("twice")], failure: [] }),
  ],
  [
    exact("put(ignore_value on missing key)"),
    (at, _m, target) => at.ask(target, { ...put("missing", 0), value: null, ignoreValue: true }),
  ],
  [exact("put(unknown lease)"), (at, _m, target) => at.ask(target, put("leased", 10, unknownId))],
];

const grant = (id: number, ttlSeconds: number) => ({ kind: "leaseGrant", id, ttlSeconds }) as const;
const lease: [RegExp, Act][] = [
  [exact("grant(ttl=1)"), (at, _m, target) => at.ask(target, grant(5, 1), ({ ttlSeconds }) => `ttl=${ttlSeconds}`)],
  [exact("grant(same id)"), (at, _m, target) => at.ask(target, grant(5, 10))],
  [exact("grant(ttl=9000000001)"), (at, _m, target) => at.ask(target, grant(6, 9_000_000_001))],
  [exact("revoke(unknown)"), (at, _m, target) => at.ask(target, { kind: "leaseRevoke", id: unknownId })],
  [
    exact("keepalive(unknown)"),
    (at, _m, target) =>
      at.ask(target, { kind: "leaseKeepAlive", id: unknownId }, ({ ttlSeconds }) => `ttl=${ttlSeconds}`),
  ],
  [
    exact("timetolive(unknown)"),
    (at, _m, target) =>
      at.ask(
        target,
        { kind: "leaseTimeToLive", id: unknownId },
        ({ ttlSeconds, grantedTtlSeconds }) => `ttl=${ttlSeconds} granted=${grantedTtlSeconds}`,
      ),
  ],
];

const idOf = (at: ApiScenario, target: string) => at.cluster.member(at.member(target)).id;
const moveleader: [RegExp, Act][] = [
  [
    exact("MoveLeader on a follower"),
    (at, _m, target) => at.ask(target, { kind: "moveLeader", target: idOf(at, "follower") }),
  ],
  [
    exact("MoveLeader to an unknown member"),
    (at, _m, target) => at.ask(target, { kind: "moveLeader", target: unknownId }),
  ],
  [
    exact("MoveLeader to itself"),
    (at, _m, target) => at.ask(target, { kind: "moveLeader", target: idOf(at, "leader") }),
  ],
];

/** Kills a member that does not lead, once. */
function killVictim(at: ApiScenario): void {
  if (at.victim >= 0) return;
  const { cluster } = at;
  at.victim = cluster.indices().find((member) => member !== cluster.leader() && member !== at.learner)!;
  cluster.kill(at.victim);
  at.run(200_000);
}

const membership: [RegExp, Act][] = [
  [
    exact("member add learner (not started)"),
    (at, _m, target) => {
      const { index, host } = at.cluster.prepareMember();
      at.learner = index;
      const answer = at.ask(target, { kind: "memberAdd", host, isLearner: true }, ({ memberId }) => String(memberId));
      at.learnerId = Number(answer.detail);
      return { ...answer, detail: "" };
    },
  ],
  [
    exact("member add second learner"),
    (at, _m, target) => at.ask(target, { kind: "memberAdd", host: "second-learner", isLearner: true }),
  ],
  [
    exact("member promote (learner never started)"),
    (at, _m, target) => at.ask(target, { kind: "memberPromote", id: at.learnerId }),
  ],
  [
    exact("member promote (a voter)"),
    (at, _m, target) => at.ask(target, { kind: "memberPromote", id: idOf(at, "follower") }),
  ],
  [exact("member promote (unknown)"), (at, _m, target) => at.ask(target, { kind: "memberPromote", id: unknownId })],
  [
    exact("member add (existing peer URL)"),
    (at, _m, target) => at.ask(target, { kind: "memberAdd", host: at.cluster.member(0).hostName, isLearner: false }),
  ],
  [exact("member remove (unknown)"), (at, _m, target) => at.ask(target, { kind: "memberRemove", id: unknownId })],
  [/^member remove \(learner/, (at, _m, target) => at.ask(target, { kind: "memberRemove", id: at.learnerId })],
  [
    /^member add \(voter\) right after one of \d is dead/,
    (at, _m, target) => {
      killVictim(at);
      return at.ask(target, { kind: "memberAdd", host: "new-voter", isLearner: false });
    },
  ],
  [
    /^member remove \(live follower\) with one of \d dead/,
    (at, _m, target) => {
      killVictim(at);
      const live = at.cluster
        .indices()
        .find((member) => member !== at.cluster.leader() && member !== at.victim && member !== at.learner)!;
      return at.ask(target, { kind: "memberRemove", id: at.cluster.member(live).id });
    },
  ],
  [
    /^member add \(voter\) right after a member restarted/,
    (at, _m, target) => {
      killVictim(at);
      at.cluster.restart(at.victim);
      at.run(1_000_000);
      return at.ask(target, { kind: "memberAdd", host: "new-voter", isLearner: false });
    },
  ],
];

const nospace: [RegExp, Act][] = [
  [
    /^put (\d+) B values until error .*failed at put #(\d+)$/,
    (at, match, target) => {
      for (let i = 1; i < 1000; i++) {
        const answer = at.ask(target, put(`filling-${i}`, Number(match[1])));
        if (answer.code === "OK") continue;
        // the alarm takes its way through the log
        at.run(50_000);
        const { detail } = at.ask(target, { kind: "status" }, ({ errors }) => `status.errors=[${errors.join(" ")}]`);
        const where = Math.abs(i - Number(match[2])) <= FILE_TOLERANCE * i ? "" : ` failed at put #${i}`;
        return { ...answer, detail: `db_size=0 db_in_use=0 ${detail} elapsed_ms=0${where}` };
      }
      return OK;
    },
  ],
  [exact("alarm list"), (at, _m, target) => at.ask(target, listAlarms, alarmsOf)],
  [
    exact("small put"),
    (at, _m, target) => {
      const answer = at.ask(target, put("small"));
      at.run(50_000);
      return answer;
    },
  ],
  [
    exact("range"),
    (at, _m, target) => at.ask(target, { ...range(), ...key("filling-1") }, ({ count }) => `count=${count}`),
  ],
  [
    exact("delete"),
    (at, _m, target) =>
      at.ask(target, { kind: "deleteRange", ...key("filling-1") }, ({ deleted }) => `deleted=${deleted}`),
  ],
  [
    exact("txn{put}"),
    (at, _m, target) => at.ask(target, { kind: "txn", compare: [], success: [put("small")], failure: [] }),
  ],
  [
    exact("txn{range only}"),
    (at, _m, target) => at.ask(target, { kind: "txn", compare: [], success: [range()], failure: [] }),
  ],
  [
    exact("txn{delete}"),
    (at, _m, target) =>
      at.ask(target, {
        kind: "txn",
        compare: [],
        success: [{ kind: "deleteRange", ...key("filling-2") }],
        failure: [],
      }),
  ],
  [exact("lease grant"), (at, _m, target) => at.ask(target, grant(5, 10))],
  [
    exact("status.errors"),
    (at, _m, target) => at.ask(target, { kind: "status" }, ({ errors }) => `[${errors.join(" ")}]`),
  ],
  [exact("health endpoint /health"), (at, _m, target) => health(at, target)],
  [
    exact("compact(current)"),
    (at, _m, target) => {
      const revision = Number(at.ask(target, range(), (answer) => String(answer.revision)).detail);
      const answer = at.ask(target, { kind: "compact", revision });
      at.run(500_000);
      return { ...answer, detail: answer.code === "OK" ? "db_size=0 db_in_use=0" : "" };
    },
  ],
  [
    exact("alarm disarm before defrag"),
    (at, _m, target) => {
      // the recorder named no member (0): etcd disarms by id, so none was
      at.ask(target, { kind: "alarm", action: "deactivate", member: unknownId, alarm: "NOSPACE" });
      return at.ask(target, listAlarms, alarmsOf);
    },
  ],
  [exact("put after disarm without defrag"), (at, _m, target) => at.ask(target, put("small"))],
  [exact("defragment"), (at, _m, target) => at.ask(target, { kind: "defragment" }, () => "db_size=0 db_in_use=0")],
  [
    exact("alarm disarm (all members)"),
    (at, _m, target) => {
      for (const member of at.cluster.indices()) {
        const { id } = at.cluster.member(member);
        at.ask(target, { kind: "alarm", action: "deactivate", member: id, alarm: "NOSPACE" });
      }
      return at.ask(target, listAlarms, alarmsOf);
    },
  ],
  [exact("put after defrag + disarm"), (at, _m, target) => at.ask(target, put("small"))],
];

const corrupt: [RegExp, Act][] = [
  [
    exact("activate CORRUPT alarm"),
    (at, _m, target) =>
      at.ask(target, { kind: "alarm", action: "activate", member: idOf(at, "leader"), alarm: "CORRUPT" }, alarmsOf),
  ],
  [exact("put"), (at, _m, target) => at.ask(target, put("key"))],
  [/^range( serializable)?$/, (at, match, target) => at.ask(target, range(0, match[1] !== undefined))],
  [
    exact("disarm"),
    (at, _m, target) => {
      const member = idOf(at, "leader");
      at.ask(target, { kind: "alarm", action: "deactivate", member, alarm: "CORRUPT" });
      return at.ask(target, listAlarms, alarmsOf);
    },
  ],
];

const noQuorum: [RegExp, Act][] = [
  [exact("put"), (at, _m, target) => at.ask(target, put("key"))],
  [exact("range linearizable"), (at, _m, target) => at.ask(target, range())],
  [exact("range serializable"), (at, _m, target) => at.ask(target, range(0, true), ({ count }) => `count=${count}`)],
  [exact("put with 2 s client deadline"), (at, _m, target) => at.ask(target, put("key"), undefined, false, 2_000_000)],
  [exact("lease grant"), (at, _m, target) => at.ask(target, grant(5, 10))],
  [exact("lease keepalive"), (at, _m, target) => at.ask(target, { kind: "leaseKeepAlive", id: unknownId })],
  [exact("lease timetolive"), (at, _m, target) => at.ask(target, { kind: "leaseTimeToLive", id: unknownId })],
  [exact("member list (linearizable)"), (at, _m, target) => at.ask(target, { kind: "memberList" })],
  [exact("member add"), (at, _m, target) => at.ask(target, { kind: "memberAdd", host: "new-voter", isLearner: false })],
  [exact("move leader"), (at, _m, target) => at.ask(target, { kind: "moveLeader", target: unknownId })],
  [
    /^watch create( with hasleader metadata)?$/,
    (at, match, target) => {
      const stream = at.cluster.member(at.member(target)).openWatchStream(match[1] !== undefined);
      if (stream instanceof EtcdError) return { code: stream.code, message: stream.message, detail: "" };
      stream.close();
      return { ...OK, detail: "created=true" };
    },
  ],
  [exact("put with hasleader metadata"), (at, _m, target) => at.ask(target, put("key"), undefined, true)],
  [
    exact("status"),
    (at, _m, target) =>
      at.ask(target, { kind: "status" }, ({ leader, errors }) => `leader=${leader} errors=[${errors.join(" ")}]`),
  ],
  [exact("/health"), (at, _m, target) => health(at, target)],
];

function health(at: ApiScenario, target: string): Answer {
  return at.ask(target, { kind: "health" }, ({ isHealthy, reason }) =>
    `${isHealthy ? 200 : 503} {"health":"${isHealthy}","reason":"${reason}"}`.trim(),
  );
}

/** By scenario: what a request's text looks like, and what is done. */
export const API_REQUESTS: Readonly<Record<string, readonly (readonly [RegExp, Act])[]>> = {
  compaction,
  watch,
  validation,
  lease,
  moveleader,
  membership,
  nospace,
  corrupt,
  "no quorum (leaderless member)": noQuorum,
};
