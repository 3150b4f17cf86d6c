// Commands of scripts about quorums: `committed` and `vote` of a majority, or of a joint majority.
import { jointCommittedIndex, jointVoteResult, type VoteResult } from "../../sim/raft/quorum.ts";
import type { Command } from "./script.ts";

const RESULTS: Readonly<Record<VoteResult, string>> = { pending: "VotePending", lost: "VoteLost", won: "VoteWon" };

/** Runs a command. @returns the result, which is the last line of the expected output; the drawing above is not made */
export function runQuorumCommand(command: Command): string {
  const ids = (key: string) => (command.options.get(key) ?? []).filter((id) => id !== "zero").map(Number);
  const incoming = ids("cfg");
  const outgoing = ids("cfgj");
  const voters = [...new Set([...incoming, ...outgoing])];
  const given = command.options.get(command.name === "vote" ? "votes" : "idx") ?? [];
  if (given.length !== voters.length) return "error: mismatched input";
  const known = voters.map((id, i) => [id, given[i]!] as const).filter(([, value]) => value !== "_");
  if (command.name === "vote") {
    return RESULTS[jointVoteResult(incoming, outgoing, new Map(known.map(([id, value]) => [id, value === "y"])))];
  }
  if (command.name !== "committed") throw new Error(`unknown command ${command.name}`);
  const indexes = new Map(known.map(([id, value]) => [id, Number(value)]));
  const result = jointCommittedIndex(incoming, outgoing, { acknowledgedIndex: (id) => indexes.get(id) });
  return result === Infinity ? "∞" : String(result);
}
