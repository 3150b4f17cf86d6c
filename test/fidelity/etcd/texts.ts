// The errors that an etcd client can see: what etcd's members answer (rpctypes and gRPC's server), and what gRPC's client says of
// a connection to a process that is dead, dying or not yet there. A list of its own, not the simulator's: a simulated text
// outside of it is a fault.

const FROM_MEMBERS: Readonly<Record<string, readonly string[]>> = {
  Unavailable: [
    "etcdserver: no leader",
    "etcdserver: leader changed",
    "etcdserver: not capable",
    "etcdserver: server stopped",
    "etcdserver: request timed out",
    "etcdserver: request timed out, possibly due to previous leader failure",
    "etcdserver: request timed out, possibly due to connection lost",
    "etcdserver: request timed out, waiting for the applied index took too long",
    "etcdserver: request timed out, leader transfer took too long",
    "etcdserver: unhealthy cluster",
    "etcdserver: rpc not supported for learner",
  ],
  ResourceExhausted: ["etcdserver: too many requests", "etcdserver: mvcc: database space exceeded"],
  DeadlineExceeded: ["context deadline exceeded"],
  Canceled: ["context canceled"],
  Unknown: ["raft proposal dropped"],
};

const FROM_TRANSPORT = [
  /^error reading from server: (EOF|connection reset by peer)$/,
  /^connection error: desc = "transport: Error while dialing: dial tcp <addr>: (connect: connection (refused|reset by peer)|i\/o timeout)"$/,
  /^connection error: desc = "error reading server preface: (connection reset by peer|EOF|raw-read tcp <addr>: use of closed network connection)"$/,
];

/** Whether any request can be told this. */
export function isKnownMessage(message: string): boolean {
  return Object.values(FROM_MEMBERS).some((messages) => messages.includes(message));
}

/** Whether `op@target code: message` ends in something that a client that puts and reads can be told. */
export function canBeProduced(text: string): boolean {
  const [, code = "", message = ""] = /^\S+ (\w+): (.*)$/s.exec(text) ?? [];
  if (FROM_MEMBERS[code]?.includes(message) === true) return true;
  return code === "Unavailable" && FROM_TRANSPORT.some((pattern) => pattern.test(message));
}
