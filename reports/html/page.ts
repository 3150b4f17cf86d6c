// A whole page as text: one file that asks nothing of any network. The content security policy allows the one style sheet and the one script
// that stand in it, by their hashes, and nothing else; a browser enforces that, whatever a name in a scenario might contain.
import { sha256 } from "../../sim/metrics/sha256.ts";
import { escapeHtml } from "./escape.ts";

export interface Page {
  readonly title: string;
  readonly style: string;
  /** What follows in <body>, as HTML. */
  readonly body: string;
  /** "" = none. */
  readonly script: string;
}

export function page({ title, style, body, script }: Page): string {
  const policy = [
    "default-src 'none'",
    `style-src '${sourceHash(style)}'`,
    script === "" ? "" : `script-src '${sourceHash(script)}'`,
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy.filter((part) => part !== "").join("; ")}">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="generator" content="kubedrill">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
${body}
${script === "" ? "" : `<script>${script}</script>`}
</body>
</html>
`;
}

/** As a policy names it: sha256- and base64 of the hash. */
export function sourceHash(text: string): string {
  return `sha256-${base64(sha256(text))}`;
}

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Of a hash in hexadecimal digits; 32 bytes leave two, and so one sign of padding. */
function base64(hex: string): string {
  let bits = "";
  for (const digit of hex) bits += Number.parseInt(digit, 16).toString(2).padStart(4, "0");
  let text = "";
  for (let at = 0; at < bits.length; at += 6)
    text += DIGITS[Number.parseInt(bits.slice(at, at + 6).padEnd(6, "0"), 2)]!;
  return text.padEnd(Math.ceil(text.length / 4) * 4, "=");
}
