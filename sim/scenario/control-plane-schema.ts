// What a scenario may say about etcd and the network below `cluster`. Part of the schema; sim/scenario/control-plane.ts makes
// the plan of it.
import { z } from "zod";
import { DISK_NAMES } from "../model/disk-profile.ts";
import { value as bytesOf, quantityError } from "../model/quantity.ts";
import { durationMicros, durationSchema, fields, randomDurationSchema } from "./duration-schema.ts";

const ZONE_HINT = "a zone name";
const BYTES_HINT = 'a number of bytes above 0, such as "2Gi" or "500M"';
const bytesSchema = z
  .union([z.string(), z.number()], { error: BYTES_HINT })
  .refine((value) => quantityError(value) === undefined && bytesOf(value) >= 1, { error: BYTES_HINT })
  .meta({ description: 'A Kubernetes quantity of bytes such as "2Gi" or "500M".' });

const SHARE_HINT = "a share from 0 to 1, such as 0.01 or 1%";
const shareSchema = z
  .union([z.number(), z.string().regex(/^\d+(\.\d+)?%$/, { error: SHARE_HINT })], { error: SHARE_HINT })
  .refine((value) => shareOf(value) >= 0 && shareOf(value) <= 1, { error: SHARE_HINT })
  .meta({ description: "A share such as 0.01 or 1%." });

/** A share that the schema accepted, as a ratio. */
export function shareOf(value: number | string): number {
  return typeof value === "number" ? value : Number(value.slice(0, -1)) / 100;
}

const wholeHint = (min: number, max: number) => `a whole number from ${min} to ${max}`;
const whole = (min: number, max: number) =>
  z
    .int({ error: wholeHint(min, max) })
    .min(min, { error: wholeHint(min, max) })
    .max(max, { error: wholeHint(min, max) });

const DISK_HINT = `one of ${DISK_NAMES.join(", ")}, or a mapping with fsync or writeRate`;
const diskSchema = z
  .union(
    [
      z.enum(DISK_NAMES, { error: DISK_HINT }),
      fields({
        profile: z.enum(DISK_NAMES).optional().describe("What is not said here is as on this disk; default nvme."),
        fsync: randomDurationSchema.optional().describe("Time of one fsync of the write-ahead log."),
        writeRate: bytesSchema.optional().describe("Bytes per second."),
      }),
    ],
    { error: DISK_HINT },
  )
  .meta({ description: "The disk of each member: a name, or how long an fsync takes and how fast it writes." });

const RATE_HINT = "a number from 0.5 to 2";
const MIN_HEARTBEAT_MICROS = 1000;
const MAX_ELECTION_MICROS = 50_000_000;

export const etcdSchema = fields({
  members: whole(1, 7).optional().describe("How many members vote; default 3."),
  zones: z
    .array(z.string({ error: ZONE_HINT }).min(1, { error: ZONE_HINT }), { error: "a list of zone names" })
    .min(1, { error: "a list that is not empty" })
    .optional()
    .describe("Members are spread over these in turn; by default over the zones of the nodes."),
  disk: diskSchema.optional().describe("The disk of each member; default nvme."),
  heartbeatInterval: durationSchema
    .refine((text) => durationMicros(text) >= MIN_HEARTBEAT_MICROS, { error: "a duration of at least 1ms" })
    .optional()
    .describe("How often the leader says that it is there, and the length of a tick; default 100ms."),
  electionTimeout: durationSchema
    .refine((text) => durationMicros(text) <= MAX_ELECTION_MICROS, { error: "a duration of at most 50s" })
    .optional()
    .describe("Without a leader for so long a member campaigns; at least five heartbeats; default 1s."),
  preVote: z.boolean({ error: "true or false" }).optional().describe("Ask before raising the term; default true."),
  quotaBytes: bytesSchema.optional().describe("Size of the database at which writes are refused; default 2Gi."),
  snapshotCount: whole(1, 100_000_000)
    .optional()
    .describe("Applied entries from one snapshot to the next; default 10000 in 3.6, 100000 in 3.5."),
  catchUpEntries: whole(1, 100_000_000)
    .optional()
    .describe("Entries that stay in the log behind a snapshot, for slow members; default 5000."),
  version: z.enum(["3.5", "3.6"]).optional().describe("Of etcd; default 3.6."),
  clockRates: z
    .array(z.number({ error: RATE_HINT }).min(0.5, { error: RATE_HINT }).max(2, { error: RATE_HINT }), {
      error: "a list of numbers",
    })
    .optional()
    .describe("How fast each member's clock runs, 1 = right; in the order of the members, 1 for the others."),
});

const linkSchema = fields({
  latency: randomDurationSchema.optional().describe("One way."),
  jitter: randomDurationSchema.optional().describe("Comes on top of the latency, drawn for each message."),
  loss: shareSchema.optional().describe("Share of packets that are lost; TCP sends them again."),
  bandwidth: bytesSchema.optional().describe("Bytes per second."),
});

export const networkSchema = fields({
  sameZone: linkSchema.optional().describe("Between hosts of one zone; default 80us to 160us one way."),
  crossZone: linkSchema.optional().describe("Between zones; default 400us to 700us one way."),
});

export type EtcdSpec = z.input<typeof etcdSchema>;
export type NetworkSpec = z.input<typeof networkSchema>;
export type LinkSpec = z.input<typeof linkSchema>;
