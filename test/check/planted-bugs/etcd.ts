// Bugs of a member: its log on disk, ready loop, apply pipeline, reads, snapshots and answers.
import type { PlantedBug } from "./bug.ts";

export const ETCD_BUGS: readonly PlantedBug[] = [
  {
    id: "vote-not-persisted",
    file: "sim/etcd/wal.js",
    find: "this.settle(ready.hardState);",
    replace: "this.settle(ready.hardState === null ? null : { ...ready.hardState, vote: 0 });",
    why: "the vote does not survive a restart",
  },
  {
    id: "term-not-persisted",
    file: "sim/etcd/wal.js",
    find: "this.settle(ready.hardState);",
    replace:
      "this.settle(ready.entries.length > 0 ? ready.hardState : ready.hardState && { ...this.storage.hardState, commit: ready.hardState.commit });",
    why: "term and vote are only written together with entries",
  },
  {
    id: "entries-lost-by-kill",
    file: "sim/etcd/wal.js",
    find: "fresh.append(storage.entries(first, storage.lastIndex() + 1, Infinity));",
    replace: "fresh.append(storage.entries(first, storage.lastIndex(), Infinity));",
    why: "a restart does not read the last entry of the log",
  },
  {
    id: "archive-forgotten",
    file: "sim/etcd/wal.js",
    find: "fresh.append(archive);",
    replace: "",
    why: "a restart does not read what was dropped from memory, but is not in a snapshot on disk",
  },
  {
    id: "acknowledges-before-fsync",
    file: "sim/etcd/ready-loop.js",
    find: "if (this.isLeader)\n            host.send(",
    replace: "if (ready.messages.length > 0)\n            host.send(",
    why: "a follower sends its acknowledgements before its entries are on disk",
  },
  {
    id: "votes-before-fsync",
    file: "sim/etcd/ready-loop.js",
    find: "if (this.isLeader)\n            host.send(",
    replace:
      'if (this.isLeader || ready.messages.some((message) => message.type === "MsgVoteResp"))\n            host.send(',
    why: "a member sends its vote before it is on disk",
  },
  {
    id: "forwarded-proposal-twice",
    file: "sim/etcd/ready-loop.js",
    find: "message.entries = entries;",
    replace: "message.entries = raft.lead !== raft.id && entries.length > 1 ? [...entries, entries[0]] : entries;",
    why: "a forwarded batch of proposals carries its first one twice",
  },
  {
    id: "answer-before-commit",
    file: "sim/etcd/proposing.js",
    find: "host.toRaft(dataEntry(proposal, bytes), proposal);",
    replace:
      'host.toRaft(dataEntry(proposal, bytes), proposal);\n        if (request.kind === "compact" && proposal.done !== null)\n            this.end(proposal, { kind: "compact", revision: frame.view.revision });',
    why: "a compaction is acknowledged as soon as it is proposed",
  },
  {
    id: "read-before-applied",
    file: "sim/etcd/reads.js",
    find: "if (!this.isConfirmed || this.host.appliedIndex() < this.confirmedIndex)",
    replace: "if (!this.isConfirmed)",
    why: "a read does not wait until what it was confirmed for is applied",
  },
  {
    id: "read-joins-round-under-way",
    file: "sim/etcd/reads.js",
    find: "this.next.push(done);",
    replace: "(this.current ?? this.next).push(done);",
    why: "a read joins a round whose index may have been taken before it came",
  },
  {
    id: "stale-read-answer-accepted",
    file: "sim/etcd/reads.js",
    find: "if (this.current === null || this.isConfirmed || state.context !== this.request)",
    replace: "if (this.current === null || this.isConfirmed)",
    why: "the late answer to an earlier round confirms the present one",
  },
  {
    id: "read-numbers-begin-anew",
    file: "sim/etcd/reads.js",
    find: "this.request = firstRequest;",
    replace: "this.request = Math.max(0, firstRequest - 20);",
    why: "read requests of a restarted member have numbers that were used shortly before: late answers to those fit",
  },
  {
    id: "linearizable-read-served-locally",
    file: "sim/etcd/requests.js",
    find: "if (isSerializable)",
    replace: "if (isSerializable || server.leader !== server.frame.id)",
    why: "followers answer linearizable reads from their own state",
  },
  {
    id: "leader-trusts-itself",
    file: "sim/etcd/requests.js",
    find: "if (isSerializable)",
    replace: "if (isSerializable || server.leader === server.frame.id)",
    why: "whoever believes to lead answers linearizable reads from its own state",
  },
  {
    id: "applied-again-after-restart",
    file: "sim/etcd/database.js",
    find: "return { position: this.backend.durable, membership: this.durableMembership };",
    replace:
      "return { position: { ...this.backend.durable, appliedIndex: Math.max(0, this.backend.durable.appliedIndex - 1) }, membership: this.durableMembership };",
    why: "the database on disk does not know that it holds its last entry: it is applied again after a restart",
  },
  {
    id: "snapshot-without-database",
    file: "sim/etcd/applier.js",
    find: "host.database.replace(data);",
    replace: "",
    why: "a received snapshot is in memory only: a crash goes back to the database before it",
    equivalent:
      "the log keeps a received snapshot until the database was committed later, and a restart takes the newer of both",
  },
  {
    id: "snapshot-of-the-future",
    file: "sim/etcd/snapshots.js",
    find: "const index = host.appliedIndex();\n        const data = host.data();",
    replace:
      "const index = Math.min(host.appliedIndex() + 1, host.wal.storage.lastIndex());\n        const data = host.data();",
    why: "a snapshot says that it contains one entry more than it does",
  },
  {
    id: "snapshot-without-members",
    file: "sim/etcd/applier.js",
    find: "host.membership = data.membership;",
    replace: "",
    why: "a received snapshot does not bring the members along",
  },
  {
    id: "log-compacted-too-far",
    file: "sim/etcd/snapshots.js",
    find: "const keepFrom = snapshot.index - host.catchUpEntries;",
    replace: "const keepFrom = Math.min(snapshot.index + host.catchUpEntries, host.wal.storage.lastIndex());",
    why: "entries that are not in the snapshot are dropped from the log",
  },
  {
    id: "database-ahead-of-disk",
    file: "sim/etcd/backend.js",
    find: "this.durable = this.writing;",
    replace: "this.durable = this.host.position();",
    why: "a commit of the database is believed to hold what was applied while it was written",
    equivalent:
      "a member applies what its own log has on disk; here a database that has more of it only has less to apply again",
  },
  {
    id: "learner-votes",
    file: "sim/etcd/conf-change.js",
    find: 'isLearner ? "learner" : "add"',
    replace: '"add"',
    why: "a learner is added as a voter",
  },
  {
    id: "several-learners",
    file: "sim/etcd/membership.js",
    find: "change.isLearner && learners >= MAX_LEARNERS",
    replace: "false",
    why: "a cluster gets more than one learner",
  },
  {
    id: "refused-change-takes-effect",
    file: "sim/etcd/applier.js",
    find: "if (change.verdict === null) {",
    replace: "{",
    why: "raft applies changes of the membership that were refused",
  },
  {
    id: "group-loses-a-proposal",
    file: "sim/etcd/ready-loop.js",
    find: "if (entries.length === 0)\n            return;",
    replace:
      "if (entries.length === 0)\n            return;\n        if (entries.length > 2)\n            entries.pop();",
    why: "of more than two proposals that go together the last is lost",
  },
  {
    id: "pause-loses-what-came",
    file: "sim/etcd/process.js",
    find: "for (const action of deferred)\n            if (!this.isStopped)\n                this.guard(action);",
    replace: "",
    why: "what came while the process stood still is lost",
  },
];
