// The service on a socket of this machine's own: 127.0.0.1 and nothing else. Limits on sizes and times of requests are the server's.
import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { availableParallelism } from "node:os";
import { AskThread } from "./ask-thread.ts";
import { type Answer, BodyTooLarge, type Request } from "./exchange.ts";
import { PageFiles } from "./page-files.ts";
import { Runs } from "./runs.ts";
import { ScenarioFolder } from "./scenario-folder.ts";
import { Service } from "./service.ts";

export interface ServeOptions {
  readonly folder: string;
  /** 0 = any that is free. */
  readonly port: number;
  /** Of one run. */
  readonly timeoutMillis: number;
  readonly memoryBytes: number;
}

export interface Serving {
  readonly port: number;
  /** Carries the token behind "#", where no server and no log gets to see it. */
  readonly url: string;
  close(): Promise<void>;
}

const HOST = "127.0.0.1";
const MAX_BODY_BYTES = 8 << 20;
const CHECK_LIMITS = { timeoutMillis: 30_000, memoryBytes: 1_073_741_824 };
const KEPT_RUNS = 24;
const KEPT_BYTES = 1_073_741_824;

/** @throws what the file system says of the folder, and EADDRINUSE, EACCES of the port */
export async function serve({ folder, memoryBytes, port, timeoutMillis }: ServeOptions): Promise<Serving> {
  const token = randomBytes(24).toString("base64url");
  const scenarios = new ScenarioFolder(folder);
  const page = new PageFiles(new URL("../../page/", import.meta.url));
  const server = createServer({ requestTimeout: 30_000, headersTimeout: 10_000, maxHeaderSize: 16_384 });
  const bound = await listen(server, port);
  const runs = new Runs({
    ...{ timeoutMillis, memoryBytes, kept: KEPT_RUNS, keptBytes: KEPT_BYTES },
    concurrent: Math.max(1, availableParallelism() - 1),
  });
  const checks = new AskThread(CHECK_LIMITS);
  const looks = new AskThread({ timeoutMillis, memoryBytes });
  const limits = { timeoutMillis, memoryBytes };
  const service = new Service({ guard: { port: bound, token }, folder: scenarios, page, runs, checks, looks, limits });
  server.on("request", (incoming, response) => void respond(service, incoming, response));
  const close = async () => {
    server.close();
    server.closeAllConnections();
    await Promise.all([runs.close(), checks.close(), looks.close()]);
  };
  return { port: bound, url: `http://${HOST}:${bound}/#token=${token}`, close };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: HOST, port, exclusive: true }, () => {
      server.off("error", reject);
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}

async function respond(service: Service, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const request = requestOf(incoming);
  const { body, headers, status } = await service.handle(request);
  response.on("error", () => undefined);
  response.writeHead(status, { ...headers });
  if (typeof body === "function") stream(body, response);
  else response.end(request.method === "HEAD" ? undefined : body);
  // what was not read of a body that is too large is not waited for
  if (status === 413) incoming.destroy();
}

function stream(body: Exclude<Answer["body"], string | Uint8Array>, response: ServerResponse): void {
  response.flushHeaders();
  // a page that is asleep does not take what is written; what it missed is in the next piece
  const end = body((piece) => void (response.writableLength < 1_000_000 && response.write(piece)));
  response.on("close", end);
}

function requestOf(incoming: IncomingMessage): Request {
  const url = new URL(incoming.url ?? "/", "http://127.0.0.1");
  return {
    method: incoming.method ?? "GET",
    path: decoded(url.pathname),
    query: url.searchParams,
    headers: incoming.headers as Readonly<Record<string, string | undefined>>,
    body: () => readBody(incoming),
  };
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

async function readBody(incoming: IncomingMessage): Promise<Uint8Array> {
  if (Number(incoming.headers["content-length"] ?? 0) > MAX_BODY_BYTES) throw new BodyTooLarge();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new BodyTooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
