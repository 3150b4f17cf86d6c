// Names and uids that do not come from a file, as functions of what they belong to: the same input gives the same ones,
// whatever stands beside it. Letters as Kubernetes' own generated names use them.
import type { RandomStream } from "../engine/random.ts";

const ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

/** A uid in the usual form, from the object's kind, namespace and name. */
export function syntheticUid(kind: string, namespace: string, name: string): string {
  const text = `${kind}/${namespace}/${name}`;
  const hex = [1, 2, 3, 4].map((salt) => hash32(text, salt).toString(16).padStart(8, "0")).join("");
  // version 8, variant 1: "made by its own rule" (RFC 9562)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The uid itself where it has the usual form, otherwise one that stands for it. */
export function uuidOf(uid: string): string {
  return UUID.test(uid) ? uid : syntheticUid("uid", "", uid);
}

/** So many hexadecimal digits that stand for the text. */
export function hexOf(text: string, length: number): string {
  let hex = "";
  for (let salt = 101; hex.length < length; salt++) hex += hash32(text, salt).toString(16).padStart(8, "0");
  return hex.slice(0, length);
}

/** `length` letters and digits that stand for the text, such as the suffix of a generated pod name. */
export function nameSuffix(text: string, length: number): string {
  let suffix = "";
  for (let i = 0; i < length; i++) suffix += ALPHABET[hash32(text, 11 + i) % ALPHABET.length];
  return suffix;
}

/** As many letters and digits by chance. */
export function drawnSuffix(stream: RandomStream, length: number): string {
  let suffix = "";
  for (let i = 0; i < length; i++) suffix += ALPHABET[stream.int(ALPHABET.length)];
  return suffix;
}

/** The text's hash as Kubernetes writes hashes in names: a 32-bit number, each of its digits as one letter or digit. */
export function hashName(text: string): string {
  return Array.from(String(hash32(text, 31)), (digit) => ALPHABET[digit.charCodeAt(0) % ALPHABET.length]).join("");
}

/** A name from a base and a suffix, the base cut so that the whole has at most `limit` characters. */
export function suffixedName(base: string, suffix: string, limit = 253): string {
  return `${base.slice(0, limit - suffix.length - 1).replace(/[-.]+$/, "")}-${suffix}`;
}

// FNV-1a over UTF-16 code units, with a last mix so that short texts spread over all bits
function hash32(text: string, salt: number): number {
  let hash = Math.imul(0x811c9dc5 ^ salt, 0x01000193);
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
