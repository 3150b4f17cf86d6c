// One process at a time in a folder, and none for ever: the lock of a process that was killed is nobody's. On the same machine that is
// asked of the system; of another machine (a shared disk, a container that has gone) it shows by a heartbeat that has stopped.
import { closeSync, openSync, readFileSync, rmSync, statSync, utimesSync, writeSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";

interface Owner {
  readonly host: string;
  readonly pid: number;
  /** When the process began, where the system tells: numbers of processes are used again. */
  readonly started: string;
}

const HEARTBEAT_MILLIS = 5_000;
const SILENT_MILLIS = 30_000;

export class FolderLock {
  private readonly file: string;
  private readonly heartbeat: NodeJS.Timeout;

  private constructor(file: string) {
    this.file = file;
    this.heartbeat = setInterval(() => {
      try {
        const now = new Date();
        utimesSync(file, now, now);
      } catch {
        // gone: the folder was taken away under us, which shows elsewhere
      }
    }, HEARTBEAT_MILLIS);
    this.heartbeat.unref();
  }

  /** @returns the lock, or who has it */
  static take(folder: string): FolderLock | string {
    const file = join(folder, "lock");
    const mine: Owner = { host: hostname(), pid: process.pid, started: startOf(process.pid) };
    // the second try is after a dead owner's lock was removed
    for (let attempt = 0; attempt < 3; attempt++) {
      try {
        const opened = openSync(file, "wx");
        writeSync(opened, JSON.stringify(mine));
        closeSync(opened);
        return new FolderLock(file);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      }
      const owner = ownerOf(file);
      if (owner !== undefined && isAlive(owner, mine, file)) return `process ${owner.pid} on ${owner.host}`;
      rmSync(file, { force: true });
    }
    return "which took the lock at the same moment";
  }

  release(): void {
    clearInterval(this.heartbeat);
    rmSync(this.file, { force: true });
  }
}

function ownerOf(file: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Owner;
  } catch {
    // killed while it wrote
    return undefined;
  }
}

function isAlive(owner: Owner, mine: Owner, file: string): boolean {
  if (owner.host !== mine.host) {
    const seen = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    return Date.now() - seen < SILENT_MILLIS;
  }
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    // EPERM: it is there, but somebody else's
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  return owner.started === startOf(owner.pid);
}

// field 22 of /proc/PID/stat, counted behind the command's name, which may hold spaces; one that has died but was not waited for is over
function startOf(pid: number): string {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? "over" : (fields[19] ?? "");
  } catch {
    return "";
  }
}
