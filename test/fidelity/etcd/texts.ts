// The errors that an etcd client can see: what etcd's members answer (rpctypes and gRPC's server), and what gRPC's client says of
// a connection to a process that is dead, dying or not yet there. A simulated text outside of these is a fault.
import { ERRORS } from "../../../sim/etcd/error.ts";

const FROM_MEMBERS = new Set(Object.values(ERRORS).map((error) => `${error.code}: ${error.message}`));

const FROM_TRANSPORT = [
  /^Unavailable: error reading from server: (EOF|connection reset by peer)$/,
  /^Unavailable: connection error: desc = "transport: Error while dialing: dial tcp <addr>: (connect: connection refused|connect: connection reset by peer|i\/o timeout)"$/,
  /^Unavailable: connection error: desc = "error reading server preface: (connection reset by peer|EOF|raw-read tcp <addr>: use of closed network connection)"$/,
];

/** Whether `op@target code: message` ends in something that an etcd client can be told. */
export function canBeProduced(text: string): boolean {
  const answer = text.slice(text.indexOf(" ") + 1);
  return FROM_MEMBERS.has(answer) || FROM_TRANSPORT.some((pattern) => pattern.test(answer));
}
