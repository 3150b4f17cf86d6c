// Opens an address in the browser that the system knows. Whether that works is nobody's concern: the address is printed too.
import { spawn } from "node:child_process";
import { platform } from "node:os";

export function openBrowser(url: string): void {
  const [command, ...args] = commandFor(platform(), url);
  const child = spawn(command, args, { stdio: "ignore", detached: true });
  child.on("error", () => undefined);
  child.unref();
}

/** By the system's name. */
export function commandFor(system: NodeJS.Platform, url: string): readonly [string, ...string[]] {
  if (system === "darwin") return ["open", url];
  // the shell's own command would read "&" in an address
  if (system === "win32") return ["rundll32", "url.dll,FileProtocolHandler", url];
  return ["xdg-open", url];
}
