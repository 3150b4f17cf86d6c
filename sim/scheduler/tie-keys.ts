// A random order of nodes that stays as it is: a key per node by its name alone, so that neither who joined before it nor how often
// it comes again makes a difference.
import type { RandomStream } from "../engine/random.ts";
import type { NodeInfo } from "./node-info.ts";

const TWO_32 = 4294967296;
/** More than slots that there may be. */
const SLOTS = 1 << 20;

/** @param stream null: always the same order */
export function shuffledTieKeys(stream: RandomStream | null): (node: NodeInfo) => number {
  const salt = stream === null ? 0 : stream.int(TWO_32);
  return ({ name, slot }) => hash(name, salt) * SLOTS + slot;
}

/** 32 bits of a text, FNV-1a with the mixing at its end of MurmurHash3. */
function hash(text: string, salt: number): number {
  let h = 0x811c9dc5 ^ salt;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
