// What faults may do to the API servers and to those who talk to them. Everything that can be undone returns what takes it back: a second
// call does nothing, faults stack, and what does not fit the state is left alone.
import type { ApiServer } from "./server.ts";
import type { ServerProcess } from "./server-process.ts";

export type UndoApiFault = () => void;

/** A server as a fault sees it. */
export interface ApiServerTarget {
  readonly name: string;
  readonly zone: string;
  readonly role: "up" | "down";
}

export class ApiFaultPoints {
  private readonly api: ApiServer;

  constructor(api: ApiServer) {
    this.api = api;
  }

  servers(): readonly ApiServerTarget[] {
    return this.api.servers.map((server) => ({
      name: server.name,
      zone: server.place?.zone ?? "",
      role: server.isRunning ? "up" : "down",
    }));
  }

  /** SIGKILL: connections are reset, what was under way is not answered. */
  crash(name: string): void {
    this.find(name)?.crash();
  }

  /** Starts a server that is down; it lists everything anew, and refuses with 403 until it knows who may do what. */
  start(name: string): void {
    this.find(name)?.start();
  }

  /** SIGTERM: no new connections; ends when all is answered and no watch is open, after a minute at the latest. */
  terminate(name: string): void {
    this.find(name)?.terminate();
  }

  /** SIGSTOP. */
  freeze(name: string): UndoApiFault {
    const server = this.find(name);
    server?.pause();
    return once(() => server?.resume());
  }

  /** Every request takes so many times as much of the processors. */
  overload(name: string, factor: number): UndoApiFault {
    const cpu = this.find(name)?.cpu;
    if (cpu === undefined) return () => undefined;
    cpu.factor *= factor;
    return once(() => {
      cpu.factor /= factor;
    });
  }

  /** Others take this share of the server's processors (0 … 1). */
  backgroundLoad(name: string, share: number): UndoApiFault {
    const cpu = this.find(name)?.cpu;
    if (cpu === undefined) return () => undefined;
    cpu.background += share;
    return once(() => {
      cpu.background -= share;
    });
  }

  /** All open watches end. `isExpired`: they cannot go on where they were, and everybody lists anew. */
  breakWatches(name: string, isExpired = false): void {
    this.find(name)?.breakWatches(isExpired);
  }

  /** New connections of this user, or of members of this group, fail at the TLS handshake; open ones live on. */
  expireCertificate(subject: string): UndoApiFault {
    return this.api.balancer.expire(subject);
  }

  /** Connections of this user, or of members of this group, are cut once: they have to dial anew. */
  dropConnections(subject: string): void {
    this.api.balancer.drop(subject);
  }

  /** This user, members of this group, or whoever has this role, is refused with 403. */
  revoke(subject: string): UndoApiFault {
    return this.api.authorizer.revoke(subject);
  }

  /** Names of webhook configurations. */
  webhooks(): readonly string[] {
    const configurations = [
      ...this.api.list("mutatingWebhookConfigurations"),
      ...this.api.list("validatingWebhookConfigurations"),
    ];
    return configurations.map(({ metadata }) => metadata.name);
  }

  /** Nobody answers the webhooks of this configuration; "" = all. */
  webhookDown(name: string): UndoApiFault {
    return this.api.webhookFaults.takeDown(name);
  }

  /** Every call takes so much longer. */
  webhookSlow(name: string, micros: number): UndoApiFault {
    return this.api.webhookFaults.slowDown(name, micros);
  }

  /** They refuse whatever they are asked about. */
  webhookDeny(name: string): UndoApiFault {
    return this.api.webhookFaults.deny(name);
  }

  private find(name: string): ServerProcess | undefined {
    return this.api.servers.find((server) => server.name === name);
  }
}

function once(undo: () => void): UndoApiFault {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    undo();
  };
}
