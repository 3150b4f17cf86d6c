// The service on its socket, as strangers on this machine and pages of other sites meet it, and the command that starts it.
// test-timeout: 240s
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, request as httpRequest, type RequestOptions } from "node:http";
import { connect } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Serving, serve } from "../../sim/serve/server.ts";
import { mainFile } from "../cli/command.ts";
import { assertRefused } from "../cli/refused.ts";

const folder = mkdtempSync(join(tmpdir(), "kubedrill-server-"));
let serving: Serving;
let token = "";
test.before(async () => {
  serving = await serve({ folder, port: 0, timeoutMillis: 10_000, memoryBytes: 2 ** 30 });
  token = /#token=(.+)$/.exec(serving.url)![1]!;
});
test.after(async () => {
  await serving.close();
  rmSync(folder, { recursive: true });
});

interface Heard {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

function ask(path: string, options: RequestOptions = {}, body?: string | Buffer): Promise<Heard> {
  return new Promise((resolve, reject) => {
    const asked = httpRequest({ host: "127.0.0.1", port: serving.port, path, agent: false, ...options }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () =>
        resolve({
          status: response.statusCode!,
          headers: response.headers,
          body: Buffer.concat(chunks).toString("utf8"),
        }),
      );
    });
    asked.on("error", reject);
    asked.end(body);
  });
}
const withToken = () => ({ "x-kubedrill-token": token, "content-type": "application/json" });

test("the token is long, new with every start, and in no answer", async () => {
  assert.ok(token.length >= 32);
  const other = await serve({ folder, port: 0, timeoutMillis: 10_000, memoryBytes: 2 ** 30 });
  assert.not.ok(other.url.endsWith(token));
  await other.close();
  for (const path of ["/", "/app.js", "/app.css", "/theme.css", "/icon.svg"]) {
    const { body, status } = await ask(path);
    assert.is(status, 200, path);
    assert.not.ok(body.includes(token), path);
  }
  assert.is((await ask("/api/state")).status, 401);
  assert.is((await ask("/api/state", { headers: withToken() })).status, 200);
});

test("only this machine reaches it", async () => {
  const others = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).filter(({ internal }) => !internal));
  for (const { address, family } of others) {
    if (family !== "IPv4") continue;
    const refused = await new Promise<boolean>((resolve) => {
      const socket = connect({ host: address, port: serving.port });
      socket.once("connect", () => resolve(false)).once("error", () => resolve(true));
      socket.once("connect", () => socket.destroy());
    });
    assert.ok(refused, address);
  }
});

test("a page of another site gets nothing, and no permission to ask", async () => {
  const evil = { ...withToken(), origin: "http://evil.example" };
  const preflight = await ask("/api/runs", {
    method: "OPTIONS",
    headers: { ...evil, "access-control-request-method": "POST" },
  });
  assert.is(preflight.status, 403);
  for (const { headers } of [preflight, await ask("/api/state", { headers: evil })])
    assert.not.ok(Object.keys(headers).some((name) => name.startsWith("access-control-")));
  assert.is((await ask("/api/state", { headers: { ...withToken(), host: "evil.example" } })).status, 421);
});

test("bodies that are too large are refused before they are read, and while they are", async () => {
  const large = Buffer.alloc(9 << 20, 32);
  const announced = await ask(
    "/api/check",
    { method: "POST", headers: { ...withToken(), "content-length": large.length } },
    large.subarray(0, 1),
  ).catch((error: Error) => error);
  assert.ok(announced instanceof Error || announced.status === 413);
  const chunked = await ask(
    "/api/check",
    { method: "POST", headers: { ...withToken(), "transfer-encoding": "chunked" } },
    large,
  ).catch((error: Error) => error);
  assert.ok(chunked instanceof Error || chunked.status === 413, JSON.stringify(chunked));
  assert.is((await ask("/api/state", { headers: withToken() })).status, 200, "it goes on");
});

test("nonsense on the socket does no harm", async () => {
  const said = (text: string) =>
    new Promise<string>((resolve) => {
      const socket = connect({ host: "127.0.0.1", port: serving.port });
      let heard = "";
      socket.on("data", (chunk) => {
        heard += chunk.toString("latin1");
      });
      socket.on("close", () => resolve(heard)).on("error", () => undefined);
      socket.end(text);
    });
  const host = `Host: 127.0.0.1:${serving.port}\r\n`;
  assert.match(await said("nonsense\r\n\r\n"), /^HTTP\/1\.1 400/);
  assert.match(await said(`GET /%zz HTTP/1.1\r\n${host}Connection: close\r\n\r\n`), /^HTTP\/1\.1 404/);
  assert.match(
    await said(`GET http://evil.example/api/state HTTP/1.1\r\n${host}Connection: close\r\n\r\n`),
    /^HTTP\/1\.1 40[13]/,
  );
  assert.match(await said(`GET //evil.example/ HTTP/1.1\r\n${host}Connection: close\r\n\r\n`), /^HTTP\/1\.1 (404|200)/);
  assert.match(await said(`GET / HTTP/1.1\r\nX: ${"x".repeat(20_000)}\r\n${host}\r\n`), /^HTTP\/1\.1 431/);
  assert.is((await ask("/")).status, 200);
});

test("a port that is taken, a folder that is not there, and numbers that are none: one message and exit code 2", async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
  const { port } = taken.address() as { readonly port: number };
  assertRefused(
    ["serve", folder, "--no-open", "--port", String(port)],
    folder,
    new RegExp(`port ${port} is taken: choose another with --port`),
  );
  taken.close();
  assertRefused(
    ["serve", join(folder, "nowhere"), "--no-open", "--port", "0"],
    folder,
    /no such file or directory|ENOENT/,
  );
  assertRefused(["serve", "--no-open", "--port", "99999"], folder, /--port: expected a whole number from 0 to 65535/);
  assertRefused(["serve", "--no-open", "--run-timeout", "soon"], folder, /--run-timeout soon: expected a time/);
});

test("the command prints its address, and Ctrl-C ends it cleanly", async () => {
  const child = spawn(process.execPath, [mainFile, "serve", folder, "--no-open", "--port", "0"], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  let err = "";
  child.stderr.on("data", (chunk) => {
    err += String(chunk);
  });
  await new Promise<void>((resolve) => {
    child.stdout.on("data", (chunk) => {
      out += String(chunk);
      if (out.includes("Ctrl-C")) resolve();
    });
  });
  const [, port, given] = /http:\/\/127\.0\.0\.1:(\d+)\/#token=(\S+)/.exec(out)!;
  // a page that listens does not keep it
  const listening = httpRequest({
    host: "127.0.0.1",
    port,
    path: "/api/events",
    headers: { "x-kubedrill-token": given },
  });
  listening.on("error", () => undefined).on("response", (response) => response.on("error", () => undefined).resume());
  listening.end();
  await new Promise((resolve) => listening.once("response", resolve));
  const code = await new Promise((resolve) => {
    child.once("exit", (exit) => resolve(exit));
    child.kill("SIGINT");
  });
  assert.is(code, 0, err);
  assert.is(err, "");
});

test.run();
