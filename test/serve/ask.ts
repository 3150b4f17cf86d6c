// Requests to the service of `kubedrill serve` as values, as the page sends them unless a test says otherwise.
import type { Request } from "../../sim/serve/exchange.ts";

export const PORT = 4180;
export const TOKEN = "the-token-of-this-start";

export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
}

/** @param path with its query */
export function ask(path: string, { body, headers = {}, method = "GET" }: Asked = {}): Request {
  const url = new URL(path, "http://x");
  return {
    method,
    path: decodeURIComponent(url.pathname),
    query: url.searchParams,
    headers: {
      host: `127.0.0.1:${PORT}`,
      "x-kubedrill-token": TOKEN,
      "sec-fetch-site": "same-origin",
      "content-type": "application/json",
      ...headers,
    },
    body: () => Promise.resolve(new TextEncoder().encode(typeof body === "string" ? body : JSON.stringify(body ?? {}))),
  };
}
