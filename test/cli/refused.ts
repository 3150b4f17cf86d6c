// Bad input on the command line, as a check.
import * as assert from "uvu/assert";
import { kubedrill } from "./command.ts";

/** It must end with exit code 2 and one message on stderr, print nothing else, and show no stack. */
export function assertRefused(args: readonly string[], folder: string, message: RegExp): void {
  const { code, out, err } = kubedrill(args, folder);
  assert.is(code, 2, `${args.join(" ")}: ${err}`);
  assert.match(err, /^kubedrill: /);
  assert.match(err, message, args.join(" "));
  assert.not.match(err, /\n\s+at |internal error/);
  assert.is(out, "");
}
