// Keeps a component from flooding the API with Events: what is said again only counts up, many similar ones become one that counts, and
// of each object and type one source has a budget. Source: behaviour of client-go's EventCorrelator with its defaults.
import { MINUTE } from "../engine/tick.ts";

/** From so many different messages of one reason about one object on, they are combined. */
const MAX_SIMILAR = 10;
/** After so long without a similar one the counting of different messages begins anew. */
const SIMILAR_MICROS = 10 * MINUTE;
const SPAM_BURST = 25;
/** One more may be written after so long. */
const SPAM_REFILL_MICROS = 5 * MINUTE;
/** Least recently used ones are forgotten beyond this. */
const CACHE_SIZE = 4096;
const COMBINED = "(combined from similar events): ";

/** What is to be written: an Event under a key that tells whether it is known already, with the count that it has then. */
export interface Correlated<T> {
  readonly message: string;
  readonly count: number;
  /** What was remembered of the Event when it was written first; undefined = it is new. */
  readonly known: T | undefined;
  /** Remembers it. */
  remember(written: T): void;
}

interface Similar {
  readonly messages: Set<string>;
  lastMicros: number;
}

interface Bucket {
  tokens: number;
  atMicros: number;
}

interface Observation<T> {
  count: number;
  written: T | undefined;
}

/** @typeParam T what is remembered of a written Event */
export class EventCorrelator<T> {
  private readonly similar = new Map<string, Similar>();
  private readonly observed = new Map<string, Observation<T>>();
  private readonly buckets = new Map<string, Bucket>();

  /**
   * @param object of whom it is about, as a key
   * @param topic type and reason, with a space between
   * @param part of the object, if it is about one: what is said of another part does not count up
   * @returns null when it is one too many and is dropped
   */
  correlate(object: string, topic: string, message: string, nowMicros: number, part = ""): Correlated<T> | null {
    const group = `${object} ${topic}`;
    const isCombined = this.isOneOfMany(group, message, nowMicros);
    const key = isCombined ? group : `${group} ${part} ${message}`;
    const observation = this.observed.get(key) ?? { count: 0, written: undefined };
    observation.count++;
    use(this.observed, key, observation);
    // warnings and the rest have a budget each
    const [type] = topic.split(" ", 1);
    if (!this.hasBudget(`${object} ${type}`, nowMicros)) return null;
    return {
      message: isCombined ? COMBINED + message : message,
      count: observation.count,
      known: observation.written,
      remember: (written) => {
        observation.written = written;
      },
    };
  }

  private isOneOfMany(group: string, message: string, nowMicros: number): boolean {
    let similar = this.similar.get(group);
    if (similar === undefined || nowMicros - similar.lastMicros > SIMILAR_MICROS) {
      similar = { messages: new Set(), lastMicros: nowMicros };
    }
    use(this.similar, group, similar);
    const { messages } = similar;
    similar.lastMicros = nowMicros;
    messages.add(message);
    if (messages.size < MAX_SIMILAR) return false;
    // room for the next one: upstream drops any of them, this the oldest
    for (const oldest of messages) {
      messages.delete(oldest);
      break;
    }
    return true;
  }

  private hasBudget(object: string, nowMicros: number): boolean {
    const bucket = this.buckets.get(object) ?? { tokens: SPAM_BURST, atMicros: nowMicros };
    bucket.tokens = Math.min(SPAM_BURST, bucket.tokens + (nowMicros - bucket.atMicros) / SPAM_REFILL_MICROS);
    bucket.atMicros = nowMicros;
    use(this.buckets, object, bucket);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }
}

// the entries of a map are in order of last use
function use<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= CACHE_SIZE) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    break;
  }
}
