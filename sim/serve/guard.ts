// Who may ask: only the page that this process itself has served, in a browser of this machine. Other pages in the same browser are told
// by Host (a name that was pointed here: DNS rebinding), Origin and Sec-Fetch-Site; other programs and users by a token that is new
// with every start. Nothing is ever shared with another origin, so there are no CORS headers.
import { timingSafeEqual } from "node:crypto";
import type { Request } from "./exchange.ts";
import { Refusal } from "./exchange.ts";

export const TOKEN_HEADER = "x-kubedrill-token";

export interface GuardOptions {
  readonly port: number;
  readonly token: string;
}

/** @throws Refusal */
export function guard(request: Request, { port, token }: GuardOptions): void {
  const { headers } = request;
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  // browsers leave the port of plain http out
  if (port === 80) hosts.push("127.0.0.1", "localhost");
  const host = (headers.host ?? "").toLowerCase();
  if (!hosts.includes(host)) throw new Refusal(421, `this is kubedrill at 127.0.0.1:${port}, not ${host || "no host"}`);
  const isRead = request.method === "GET" || request.method === "HEAD";
  const { origin } = headers;
  if (origin !== undefined && origin.toLowerCase() !== `http://${host}`)
    throw new Refusal(403, "requests of other origins are refused");
  const site = headers["sec-fetch-site"];
  // "none": somebody has typed the address, or followed a bookmark
  if (site !== undefined && site !== "same-origin" && !(site === "none" && isRead))
    throw new Refusal(403, "requests of other sites are refused");
  if (request.path.startsWith("/api/") && !isEqual(headers[TOKEN_HEADER] ?? "", token))
    throw new Refusal(401, "open the address that kubedrill serve has printed: it carries the token of this start");
}

// in a time that does not tell how much of it was right
function isEqual(given: string, token: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(token)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Stand on every answer. The page loads nothing from anywhere else, sends nothing there, and stands in no frame. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce'; img-src 'self' data:; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types kubedrill",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
  "cache-control": "no-store",
};
