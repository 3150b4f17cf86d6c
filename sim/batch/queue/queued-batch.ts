// What stands in Redis of one batch: its plans and limits for the workers, and what they have done, keyed by task, until the batch has
// fetched it. Writing the same outcome twice is writing it once.
import { deserialize, serialize } from "node:v8";
import { gunzipSync, gzipSync } from "node:zlib";
import type { Redis } from "ioredis";
import type { RunLimits } from "../limits.ts";
import type { BatchManifest } from "../manifest.ts";
import type { WorkerSetup } from "../task.ts";

/** BullMQ's keys begin with it, and ours. */
export const PREFIX = "kubedrill";
/** What nobody fetches goes away. */
const KEPT_SECONDS = 7 * 24 * 3600;
const SCAN_COUNT = 64;
// nobody will fetch what belongs to a batch that is over, and it may be over at any moment: looked at and written in one step
const PUT = `
if redis.call("EXISTS", KEYS[1]) == 1 then
  redis.call("HSET", KEYS[2], ARGV[1], ARGV[2])
  redis.call("EXPIRE", KEYS[2], ARGV[3])
end`;

/** Workers of another build listen to another queue: they would compute other bytes. */
export function queueName(build: string): string {
  return `runs-${build}`;
}

/** What a job of the queue says. */
export interface QueuedRun {
  readonly batch: string;
  readonly index: number;
}

export function jobIdOf({ batch, index }: QueuedRun): string {
  return `${batch}-${index}`;
}

/** Everything that a worker needs to know of a batch. */
export interface QueuedSetup {
  readonly manifest: BatchManifest;
  readonly setup: WorkerSetup;
  readonly limits: RunLimits;
}

/** How one task came out: its record, or why it has none. */
export type QueuedOutcome =
  | { readonly ok: true; readonly record: Uint8Array }
  | { readonly ok: false; readonly message: string; readonly errorName: string };

export class QueuedBatch {
  readonly id: string;
  private readonly redis: Redis;
  private readonly setupKey: string;
  private readonly resultsKey: string;
  private readonly ownerKey: string;

  constructor(redis: Redis, id: string) {
    this.redis = redis;
    this.id = id;
    const base = `${PREFIX}:batch:${id}`;
    this.setupKey = `${base}:setup`;
    this.resultsKey = `${base}:results`;
    this.ownerKey = `${base}:owner`;
  }

  async publish(setup: QueuedSetup): Promise<void> {
    // the format of structured clones: plans hold numbers that JSON has not
    await this.redis.set(this.setupKey, gzipSync(serialize(setup), { level: 1 }), "EX", KEPT_SECONDS);
  }

  /** @returns undefined when the batch is over */
  async setup(): Promise<QueuedSetup | undefined> {
    const bytes = await this.redis.getBuffer(this.setupKey);
    return bytes === null ? undefined : (deserialize(gunzipSync(bytes)) as QueuedSetup);
  }

  async has(index: number): Promise<boolean> {
    return (await this.redis.hexists(this.resultsKey, String(index))) === 1;
  }

  async put(index: number, outcome: QueuedOutcome): Promise<void> {
    const bytes = gzipSync(serialize(outcome), { level: 1 });
    await this.redis.call("EVAL", PUT, 2, this.setupKey, this.resultsKey, index, bytes, KEPT_SECONDS);
  }

  /** Hands over what has come out, and takes it away once it was accepted. @returns how many */
  async fetch(accept: (index: number, outcome: QueuedOutcome) => void): Promise<number> {
    // an empty answer is none: what is there may lie behind it
    let cursor = "0";
    let found: Buffer[] = [];
    do {
      const [next, part] = await this.redis.hscanBuffer(this.resultsKey, cursor, "COUNT", SCAN_COUNT);
      cursor = next.toString();
      found = part;
    } while (found.length === 0 && cursor !== "0");
    const fields: Buffer[] = [];
    for (let i = 0; i + 1 < found.length; i += 2) {
      const field = found[i]!;
      const outcome = deserialize(gunzipSync(found[i + 1]!)) as QueuedOutcome;
      accept(Number(field.toString()), outcome);
      fields.push(field);
    }
    if (fields.length > 0) await this.redis.hdel(this.resultsKey, ...fields);
    return fields.length;
  }

  /** Only one process fetches. @returns whether it is this one; to be called again before the time is over */
  async own(name: string, seconds: number): Promise<boolean> {
    if ((await this.redis.set(this.ownerKey, name, "EX", seconds, "NX")) === "OK") return true;
    if ((await this.redis.get(this.ownerKey)) !== name) return false;
    await this.redis.expire(this.ownerKey, seconds);
    return true;
  }

  /** The batch is over: nothing of it stays. */
  async remove(): Promise<void> {
    await this.redis.del(this.setupKey, this.resultsKey, this.ownerKey);
  }
}
