// Majorities, and joint majorities (Raft §6): a decision of a joint configuration needs a majority of both halves.
// Pure functions of ids; an empty half agrees with everything, so a simple configuration is a joint one with an empty half.

export type VoteResult = "pending" | "lost" | "won";

/** Who has acknowledged what. */
export interface AcknowledgedIndexes {
  /** The highest index that the voter has on disk, undefined if unknown. */
  acknowledgedIndex(id: number): number | undefined;
}

/** How many of `count` voters are a majority. */
export function majorityOf(count: number): number {
  return Math.floor(count / 2) + 1;
}

/** The highest index that a majority has on disk; Infinity without voters. */
export function committedIndex(voters: readonly number[], indexes: AcknowledgedIndexes): number {
  const count = voters.length;
  if (count === 0) return Infinity;
  const sorted: number[] = [];
  for (let i = 0; i < count; i++) {
    const index = indexes.acknowledgedIndex(voters[i]!) ?? 0;
    let place = i;
    for (; place > 0 && sorted[place - 1]! > index; place--) sorted[place] = sorted[place - 1]!;
    sorted[place] = index;
  }
  return sorted[count - majorityOf(count)]!;
}

/** The highest index that both halves have committed. */
export function jointCommittedIndex(
  incoming: readonly number[],
  outgoing: readonly number[],
  indexes: AcknowledgedIndexes,
): number {
  return Math.min(committedIndex(incoming, indexes), committedIndex(outgoing, indexes));
}

/** Won or lost as soon as the missing votes cannot change it. */
export function voteResult(voters: readonly number[], votes: ReadonlyMap<number, boolean>): VoteResult {
  if (voters.length === 0) return "won";
  let granted = 0;
  let missing = 0;
  for (const id of voters) {
    const vote = votes.get(id);
    if (vote === undefined) missing++;
    else if (vote) granted++;
  }
  const needed = majorityOf(voters.length);
  if (granted >= needed) return "won";
  return granted + missing >= needed ? "pending" : "lost";
}

/** Both halves must be won; one lost half decides. */
export function jointVoteResult(
  incoming: readonly number[],
  outgoing: readonly number[],
  votes: ReadonlyMap<number, boolean>,
): VoteResult {
  const first = voteResult(incoming, votes);
  const second = voteResult(outgoing, votes);
  if (first === second) return first;
  return first === "lost" || second === "lost" ? "lost" : "pending";
}
