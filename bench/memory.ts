// Peak memory of this process. The kernel's maxrss of a child starts at its parent's, so the address space's own mark is read.
import { readFileSync } from "node:fs";

/** Peak resident set in bytes; where /proc is missing, what the operating system says of the process. */
export function peakResidentBytes(): number {
  try {
    const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
    if (kibibytes !== undefined) return Number(kibibytes) * 1024;
  } catch {
    // not Linux
  }
  return process.resourceUsage().maxRSS * 1024;
}
