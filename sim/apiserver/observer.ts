// What API servers tell of their requests: to metrics and whoever counts. It only listens; nothing that an observer does may change
// the run.
import type { Request } from "./exchange.ts";

export interface ApiObserver {
  /** A request was answered (an ApiError, or what was asked for), or its client has given up. */
  finished(server: string, request: Request, answer: unknown): void;
  /** The server's process has come to another state. */
  stateChanged?(server: string, state: "running" | "starting" | "draining" | "down"): void;
}
