// Linux' TCP as far as it decides when a message gets through: constants of the kernel, and when its timers fire.
// Sources: RFC 6298 (timeout), RFC 8985 (tail loss probe), RFC 6928 (window), RFC 5681 (fast retransmit), Linux' net/ipv4/tcp_timer.c,
// kernel/time/timer.c and Documentation/networking/ip-sysctl.rst. See docs/NETWORK.md.
import { pow } from "../engine/math.ts";

/** Least retransmission timeout, on top of the smoothed round trip (TCP_RTO_MIN). */
export const RTO_MIN_MICROS = 200_000;
/** Largest retransmission timeout (TCP_RTO_MAX). */
const RTO_MAX_MICROS = 120_000_000;
/** Retransmissions until a connection is given up (tcp_retries2): about 924 s after the first at the least timeout. */
export const RETRIES = 15;
/** The same once the process has closed its end (tcp_orphan_retries). */
export const ORPHAN_RETRIES = 8;
/** First timeout of a SYN, doubled for each further one: sent again after 1 s, 3 s, 7 s … */
const SYN_TIMEOUT_MICROS = 1_000_000;
/** Segments that may be on the way without an acknowledgement, at first. */
export const INITIAL_WINDOW = 10;
/** Later segments that must arrive for a lost one to be sent again at once. */
export const DUPLICATE_ACKS = 3;
/** Payload of a full segment on Ethernet, with timestamps. */
const SEGMENT_BYTES = 1448;
/**
 * What delayed acknowledgements add at most to the round trip that the sender measures. Not the 40 ms of TCP_DELACK_MIN: etcd's
 * peers were recorded to get through 6.6 s and 13.4 s after a cut, which are timeouts of 205 to 216 ms doubled five and six times.
 */
export const DELAYED_ACK_MICROS = 16_000;
/** What a socket's queue takes before a write blocks: the kernel's first size of a sender's buffer at a window of 10. */
export const SEND_BUFFER_BYTES = 87_040;
/** What a kernel takes for a process that does not read: the first window. */
export const RECEIVE_BUFFER_BYTES = 65_536;
/** Go's probes of an idle connection: after so long without data, as often again, given up after so many without an answer. */
export const KEEPALIVE_MICROS = 30_000_000;
export const KEEPALIVE_PROBES = 9;

/** What a narrow link queues before senders' sockets keep the rest, as time on the link: a shaper's usual buffer. */
export const LINK_QUEUE_MICROS = 50_000;

/** One step of the kernel's clock at 250 Hz. */
export const JIFFY_MICROS = 4_000;

/** The chance that a message of this size loses at least one of its segments. */
export function messageLoss(loss: number, bytes: number): number {
  return bytes <= SEGMENT_BYTES ? loss : 1 - pow(1 - loss, Math.ceil(bytes / SEGMENT_BYTES));
}

/** How long a sender waits after its `attempt`-th transmission of the same segment: the timeout, doubled each time. */
export function backoffMicros(rtoMicros: number, attempt: number): number {
  let wait = rtoMicros;
  for (let i = 1; i < attempt && wait < RTO_MAX_MICROS; i++) wait *= 2;
  return Math.min(wait, RTO_MAX_MICROS);
}

/**
 * When a kernel timer fires that is set now: the timer wheel rounds up to the grain of the level that the wait falls into, 4 ms below
 * a quarter of a second, 32 ms below 2 s, 256 ms below 16 s, 2 s above.
 *
 * @param clockMicros the kernel's own clock: virtual time and the machine's phase
 * @returns micros from now, more than `waitMicros`
 */
export function timerMicros(clockMicros: number, waitMicros: number): number {
  let grainMicros = JIFFY_MICROS;
  for (let limit = 63; limit * JIFFY_MICROS <= waitMicros && limit < 63 * 512; limit *= 8) grainMicros *= 8;
  return (Math.floor((clockMicros + waitMicros) / grainMicros) + 1) * grainMicros - clockMicros;
}

/**
 * When the next SYN of a dial leaves, at or after a time: 0, 1 s, 3 s, 7 s … from the beginning of the attempt.
 *
 * @returns micros from the attempt's beginning, or Infinity when the attempt is given up before
 */
export function nextSynMicros(sinceStartMicros: number, dialTimeoutMicros: number): number {
  let offset = 0;
  let gap = SYN_TIMEOUT_MICROS;
  while (offset < sinceStartMicros) {
    offset += gap;
    gap *= 2;
  }
  return offset < dialTimeoutMicros ? offset : Infinity;
}
