// Only the page that this process has served may ask: other names, origins, sites and whoever has no token are refused.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Refusal } from "../../sim/serve/exchange.ts";
import { guard, SECURITY_HEADERS } from "../../sim/serve/guard.ts";
import { type Asked, ask, PORT, TOKEN } from "./ask.ts";

/** The status of the refusal; 0 = let through. */
function statusOf(path: string, asked: Asked = {}, port = PORT): number {
  try {
    guard(ask(path, asked), { port, token: TOKEN });
    return 0;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return error.status;
  }
}

test("the page itself is let through, by either name of this machine", () => {
  for (const host of [`127.0.0.1:${PORT}`, `localhost:${PORT}`, `LOCALHOST:${PORT}`])
    assert.is(statusOf("/api/state", { headers: { host } }), 0, host);
  const origin = `http://127.0.0.1:${PORT}`;
  assert.is(statusOf("/api/runs", { method: "POST", headers: { origin } }), 0);
  assert.is(statusOf("/api/state", { headers: { host: "127.0.0.1" } }, 80), 0, "browsers leave port 80 out");
});

test("DNS rebinding: a name that was pointed here is not ours, whatever else is right", () => {
  const strange = [
    "evil.example",
    `evil.example:${PORT}`,
    "127.0.0.1",
    "127.0.0.1:80",
    `127.0.0.1:${PORT}.evil.example`,
  ];
  strange.push(
    `[::1]:${PORT}`,
    `0.0.0.0:${PORT}`,
    `localhost.evil.example:${PORT}`,
    "",
    `127.0.0.1:${PORT}@evil.example`,
  );
  for (const host of strange) {
    assert.is(statusOf("/api/state", { headers: { host } }), 421, host);
    assert.is(statusOf("/", { headers: { host } }), 421, `the page, too: ${host}`);
  }
  assert.is(statusOf("/", { headers: { host: undefined } }), 421);
});

test("other origins are refused, also with the token", () => {
  const others = [
    "http://evil.example",
    `https://127.0.0.1:${PORT}`,
    "http://127.0.0.1:9999",
    "http://127.0.0.1",
    "null",
  ];
  others.push(`http://localhost:${PORT}`, `http://127.0.0.1:${PORT}/`, "file://");
  for (const origin of others)
    for (const method of ["GET", "POST", "PUT", "DELETE", "OPTIONS"])
      assert.is(statusOf("/api/runs", { method, headers: { origin } }), 403, `${method} of ${origin}`);
  assert.is(statusOf("/app.js", { headers: { origin: "http://evil.example" } }), 403);
});

test("what a browser says comes from another site is refused; an address that was typed is not", () => {
  for (const site of ["cross-site", "same-site"]) {
    assert.is(statusOf("/", { headers: { "sec-fetch-site": site } }), 403);
    assert.is(statusOf("/api/runs", { method: "POST", headers: { "sec-fetch-site": site } }), 403);
  }
  assert.is(statusOf("/", { headers: { "sec-fetch-site": "none" } }), 0);
  assert.is(statusOf("/api/runs", { method: "POST", headers: { "sec-fetch-site": "none" } }), 403);
  assert.is(statusOf("/", { headers: { "sec-fetch-site": undefined } }), 0, "no browser of today");
});

test("every question needs the token of this start; the page's own files do not hold it and do not need it", () => {
  for (const token of [undefined, "", "wrong", `${TOKEN}x`, TOKEN.slice(0, -1), TOKEN.toUpperCase()])
    for (const method of ["GET", "POST", "PUT", "DELETE"])
      assert.is(statusOf("/api/state", { method, headers: { "x-kubedrill-token": token } }), 401, `${method} ${token}`);
  assert.is(statusOf("/app.js", { headers: { "x-kubedrill-token": undefined } }), 0);
});

test("the headers of every answer allow no other origin, no frame, and no script of another place", () => {
  assert.not.ok(
    Object.keys(SECURITY_HEADERS).some((name) => name.startsWith("access-control-")),
    "no CORS",
  );
  const policy = SECURITY_HEADERS["content-security-policy"]!;
  for (const part of [
    "default-src 'none'",
    "connect-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ])
    assert.ok(policy.includes(part), part);
  assert.not.match(policy, /unsafe|https?:|\*/);
  assert.is(SECURITY_HEADERS["x-content-type-options"], "nosniff");
  assert.is(SECURITY_HEADERS["cache-control"], "no-store");
});

test.run();
