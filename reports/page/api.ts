// What the page asks the service. Every question carries the token that came with the address, and goes nowhere else.
import type {
  CheckAnswer,
  LookAnswer,
  MapAnswer,
  PodsAnswer,
  RunAnswer,
  RunState,
  SeriesAnswer,
  ServeState,
} from "../../sim/serve/protocol.ts";
import type { Schema } from "./editor/schema.ts";

export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface RunRequest {
  readonly name: string;
  readonly text: string;
  readonly variant: string;
  readonly seed: string;
}

export class Api {
  private readonly token: string;

  constructor(token: string) {
    this.token = token;
  }

  state = (): Promise<ServeState> => this.ask("GET", "/api/state");
  schema = (): Promise<Schema> => this.ask("GET", "/api/schema");
  file = (name: string): Promise<{ readonly name: string; readonly text: string; readonly version: string }> =>
    this.ask("GET", `/api/file?name=${encodeURIComponent(name)}`);
  save = (name: string, text: string, version: string | null): Promise<{ readonly version: string }> =>
    this.ask("PUT", "/api/file", { name, text, version });
  check = (name: string, text: string): Promise<CheckAnswer> => this.ask("POST", "/api/check", { name, text });
  start = (request: RunRequest): Promise<RunState> => this.ask("POST", "/api/runs", request);
  remove = (id: string): Promise<unknown> => this.ask("DELETE", `/api/runs/${id}`);
  run = (id: string): Promise<RunAnswer> => this.ask("GET", `/api/runs/${id}`);
  series = (id: string): Promise<SeriesAnswer> => this.ask("GET", `/api/runs/${id}/series`);
  map = (id: string): Promise<MapAnswer> => this.ask("GET", `/api/runs/${id}/map`);
  pods = (id: string, node: string | null, atMicros: number): Promise<PodsAnswer> =>
    this.ask("GET", `/api/runs/${id}/pods?at=${atMicros}${node === null ? "" : `&node=${encodeURIComponent(node)}`}`);
  look = (id: string, words: string, atMicros: number | null): Promise<LookAnswer> =>
    this.ask("POST", `/api/runs/${id}/look`, { words, atMicros });

  /** A table as a file of the browser's. */
  async table(id: string, name: string): Promise<Blob> {
    const response = await this.fetch("GET", `/api/runs/${id}/table?name=${name}`);
    return await response.blob();
  }

  /** The HTML report, likewise. */
  async report(id: string): Promise<Blob> {
    const response = await this.fetch("GET", `/api/runs/${id}/report`);
    return await response.blob();
  }

  /** Follows all runs until the page goes; begins again when the service was away. */
  async follow(take: (runs: readonly RunState[]) => void, isThere: (yes: boolean) => void): Promise<never> {
    for (;;) {
      try {
        const response = await this.fetch("GET", "/api/events");
        isThere(true);
        await readEvents(response.body!, (data) => take(JSON.parse(data) as RunState[]));
      } catch {
        // said below
      }
      isThere(false);
      await new Promise((resolve) => setTimeout(resolve, 1500));
    }
  }

  private async ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await this.fetch(method, path, body);
    return (await response.json()) as T;
  }

  private async fetch(method: string, path: string, body?: unknown): Promise<Response> {
    const response = await fetch(path, {
      method,
      headers: {
        "x-kubedrill-token": this.token,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      cache: "no-store",
    });
    if (response.ok) return response;
    const text = await response.text();
    let message = text;
    try {
      message = (JSON.parse(text) as { readonly message: string }).message;
    } catch {
      // not from the service
    }
    throw new ApiError(response.status, message);
  }
}

async function readEvents(body: ReadableStream<Uint8Array>, take: (data: string) => void): Promise<void> {
  const reader = body.pipeThrough(new TextDecoderStream() as never).getReader() as ReadableStreamDefaultReader<string>;
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    text += value;
    const events = text.split("\n\n");
    text = events.pop()!;
    // each holds everything: only the last of several matters
    const last = events[events.length - 1];
    if (last?.startsWith("data: ")) take(last.slice("data: ".length));
  }
}
