// Which of the best nodes wins. In 1.36 ties are not random: the winner is the root of a binary heap built over the feasible
// nodes in the order of discovery, with a strict "greater" as its order. Sifting moves a child up only when it is strictly
// better and prefers the left one, so the winner is, among the tied positions, the first in preorder of the implicit tree.

/**
 * Preorder key of position `rank` (0-based) in an implicit binary heap: smaller keys come first in preorder.
 * The path from the root is the binary form of rank + 1 after its leading 1; preorder is the lexicographic order of paths,
 * a prefix before its extensions.
 */
export function preorderKey(rank: number): number {
  const i = rank + 1;
  return ((i << Math.clz32(i)) >>> 0) * 1048576 + i;
}

/** The least preorder key among the positions `from` … `to`, both included. */
export function leastPreorderKey(from: number, to: number): number {
  const own = preorderKey(from);
  // each level of the tree starts a new run of ascending keys; the first level that starts inside holds the other candidate
  const levelStart = (1 << (32 - Math.clz32(from + 1))) - 1;
  if (levelStart > to) return own;
  const other = preorderKey(levelStart);
  return other < own ? other : own;
}
