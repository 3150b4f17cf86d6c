// How large a member's database file is: a B+tree of 4 KiB pages (bbolt) whose leaves are filled to 90 %, revision by revision. Pages that
// compaction frees are used again before the file grows; the file never shrinks by itself. A model of sizes, not of pages.
// Source: bbolt's page layout; base sizes as recorded from etcd 3.5.30.

const PAGE_BYTES = 4096;
const FILLED_BYTES = 3686;
const PAGE_HEADER_BYTES = 16;
// a leaf's element header and the revision as its key; in the branch above, one such pair per page
const ELEMENT_BYTES = 16 + 17;
// version, revisions, lease and lengths in the encoded key-value pair
const FIELD_BYTES = 22;
/** Of an empty database right after defragmentation. */
export const BASE_BYTES = 28_672;
/** Pages that a commit writes anew while the old ones are still in use: free afterwards, but part of the file. */
export const SPARE_BYTES = 45_056;
export const LEASE_BYTES = 64;

/** What one revision of a key takes in the file. */
export function revisionBytes(keyLength: number, valueBytes: number): number {
  const element = ELEMENT_BYTES + FIELD_BYTES + keyLength + valueBytes;
  // a page is split when it is full, but never to fewer than two elements
  const perPage = element > FILLED_BYTES / 2 ? 2 : Math.floor((FILLED_BYTES - PAGE_HEADER_BYTES) / element);
  const pages = perPage > 2 ? 1 : Math.ceil((PAGE_HEADER_BYTES + 2 * element) / PAGE_BYTES);
  return Math.ceil((pages * PAGE_BYTES + ELEMENT_BYTES) / perPage);
}
