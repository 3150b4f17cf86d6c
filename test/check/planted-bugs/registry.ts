// All planted bugs.
import type { PlantedBug } from "./bug.ts";
import { ETCD_BUGS } from "./etcd.ts";
import { RAFT_BUGS } from "./raft.ts";
import { STORAGE_BUGS } from "./storage.ts";

export const PLANTED_BUGS: readonly PlantedBug[] = [...RAFT_BUGS, ...ETCD_BUGS, ...STORAGE_BUGS];
