// A page allows its own style and script by their hashes and nothing else, and names that users wrote stay text.
import { createHash } from "node:crypto";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { escapeHtml, jsonForScript } from "../../../reports/html/escape.ts";
import { page, sourceHash } from "../../../reports/html/page.ts";

test("hashes are those that a browser computes", () => {
  for (const text of ["", "alert(1)", "körper { }"]) {
    assert.is(sourceHash(text), `sha256-${createHash("sha256").update(text).digest("base64")}`);
  }
});

test("the policy names the style sheet and the script, and forbids everything else", () => {
  const text = page({ title: "a <b>", style: "p{}", body: "<p>", script: "1" });
  const [, policy] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(text)!;
  assert.ok(policy!.startsWith("default-src 'none'; "));
  assert.ok(
    policy!.includes(`script-src '${sourceHash("1")}'`) && policy!.includes(`style-src '${sourceHash("p{}")}'`),
  );
  assert.ok(text.includes("<title>a &lt;b&gt;</title>"));
  assert.not.ok(/unsafe/.test(policy!));
});

test("what a user wrote ends no element and no attribute", () => {
  assert.is(escapeHtml(`<a b="c" d='e'>&`), "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;");
  const json = jsonForScript({ name: "</script><script>alert(1)</script>" });
  assert.not.ok(json.includes("<"));
  assert.equal(JSON.parse(json), { name: "</script><script>alert(1)</script>" });
});

test.run();
