// Linux' TCP as far as it decides when a message gets through: constants of the kernel, and the schedule of retransmissions.
// Sources: RFC 6298 (RTO), RFC 8985 (tail loss probe), net/ipv4/tcp_timer.c and Documentation/networking/ip-sysctl.rst.

/** Least retransmission timeout (TCP_RTO_MIN). */
export const RTO_MIN_MICROS = 200_000;
/** Largest retransmission timeout (TCP_RTO_MAX). */
export const RTO_MAX_MICROS = 120_000_000;
/** Retransmissions until a connection is given up (tcp_retries2): about 924 s from the first at the least timeout. */
export const RETRIES = 15;
/** First timeout of a SYN (RFC 6298), doubled for each further one: sent again after 1 s, 3 s, 7 s … */
export const SYN_TIMEOUT_MICROS = 1_000_000;
/** Initial congestion window (RFC 6928): segments that may be on the way without an acknowledgement. */
export const INITIAL_WINDOW = 10;
/** Later segments that must arrive for a lost one to be sent again at once (RFC 5681). */
export const DUPLICATE_ACKS = 3;
/** Payload of a full segment on Ethernet with timestamps. */
export const SEGMENT_BYTES = 1448;
/** Longest delay of an acknowledgement (TCP_DELACK_MIN): part of the round trip that the sender measures. */
export const DELAYED_ACK_MICROS = 40_000;
/** What a socket takes while nothing leaves it, before a write blocks: initial window, grown twofold for the sender's queue. */
export const SEND_BUFFER_BYTES = 87_040;

/** Segments of a message. */
export function segmentsOf(bytes: number): number {
  return bytes <= SEGMENT_BYTES ? 1 : Math.ceil(bytes / SEGMENT_BYTES);
}

/**
 * How long after the previous transmission the `attempt`-th retransmission is sent: the tail loss probe (attempt 0) and the
 * first timeout (1) after one RTO each, later ones after twice the time of the one before.
 */
export function backoffMicros(rtoMicros: number, attempt: number): number {
  let wait = rtoMicros;
  for (let i = 1; i < attempt && wait < RTO_MAX_MICROS; i++) wait *= 2;
  return Math.min(wait, RTO_MAX_MICROS);
}

/**
 * When the next SYN of a dial leaves, at or after a time: offsets 0, 1 s, 3 s, 7 s … from the beginning of the attempt.
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
