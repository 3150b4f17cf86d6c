// A member's client port: what a connection of a client reaches. Connections wait until the member has published itself; requests
// and watches are the member's own business.
import type { EtcdAnswer } from "./answer.ts";
import type { WatchFrame } from "./client-frames.ts";
import type { Endpoint, MemberWatchSink } from "./client-session.ts";
import { EtcdError } from "./error.ts";
import type { EtcdMember } from "./member.ts";
import type { EtcdRequest } from "./request.ts";

export class MemberEndpoint implements Endpoint {
  readonly name: string;
  readonly host: number;
  private readonly member: EtcdMember;

  constructor(member: EtcdMember) {
    this.member = member;
    this.name = member.name;
    this.host = member.host;
  }

  get isLeaving(): boolean {
    return this.member.isLeaving;
  }

  whenServing(begin: () => void): void {
    if (this.member.isServing) return begin();
    // a member that does not serve yet lets its clients wait
    this.member.call({ kind: "status" }, {}, (answer) => {
      if (!(answer instanceof EtcdError)) begin();
    });
  }

  connected(leave: () => void): () => void {
    const { connections } = this.member;
    connections.add(leave);
    return () => connections.delete(leave);
  }

  call(request: EtcdRequest, done: (answer: EtcdAnswer | EtcdError) => void): void {
    this.member.call(request, {}, done);
  }

  watch(frame: WatchFrame, sink: MemberWatchSink): { cancel(): void } {
    const stream = this.member.openWatchStream(frame.requireLeader);
    if (stream instanceof EtcdError) {
      sink.ended(stream, 0);
      return { cancel: () => undefined };
    }
    stream.create(frame, sink);
    return { cancel: () => stream.close() };
  }
}
