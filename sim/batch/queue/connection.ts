// The way to Redis or Valkey. Its packages are optional and loaded only when a queue is used, so that no other command waits for them or
// needs them.
import type { Redis } from "ioredis";

/** The queue cannot be used. For the user to mend. */
export class QueueError extends Error {
  override readonly name = "QueueError";
}

export interface QueueConnection {
  readonly redis: Redis;
  readonly bullmq: typeof import("bullmq");
  /** Without a password. */
  readonly shown: string;
}

const CONNECT_MILLIS = 5_000;
const MOST_DELAY_MILLIS = 2_000;

/**
 * Opens a connection that lives through restarts of the server once it was there.
 *
 * @throws QueueError when the address is none, the packages are missing, or nobody answers
 */
export async function openQueue(url: string): Promise<QueueConnection> {
  const shown = shownAddress(url);
  const { bullmq, ioredis } = await loadPackages();
  const redis = new ioredis.Redis(url, {
    lazyConnect: true,
    maxRetriesPerRequest: null,
    connectTimeout: CONNECT_MILLIS,
    retryStrategy: () => null,
  });
  // told by the commands that fail
  redis.on("error", () => undefined);
  try {
    await redis.connect();
    await redis.ping();
  } catch (error) {
    redis.disconnect();
    throw new QueueError(`no answer from ${shown}: ${error instanceof Error ? error.message : String(error)}`);
  }
  redis.options.retryStrategy = (times) => Math.min(times * 100, MOST_DELAY_MILLIS);
  return { redis, bullmq, shown };
}

async function loadPackages() {
  try {
    return { bullmq: await import("bullmq"), ioredis: await import("ioredis") };
  } catch {
    throw new QueueError("--queue needs the optional packages bullmq and ioredis: npm install bullmq ioredis");
  }
}

function shownAddress(url: string): string {
  let address: URL;
  try {
    address = new URL(url);
  } catch {
    throw new QueueError(`--queue ${url}: expected an address such as redis://127.0.0.1:6379`);
  }
  if (address.protocol !== "redis:" && address.protocol !== "rediss:") {
    throw new QueueError(`--queue ${url}: expected redis://… or rediss://…`);
  }
  address.username = "";
  address.password = "";
  return address.href;
}
