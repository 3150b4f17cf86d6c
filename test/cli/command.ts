// The compiled command line as a user runs it: its main module, again for each command, in a thread that keeps the modules it
// imports; the caller waits for it. What is about the process itself (signals, closed pipes) starts one: `kubedrillProcess`.
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { MessageChannel, receiveMessageOnPort, Worker } from "node:worker_threads";

/** The compiled command line. */
export const mainFile = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), "sim/cli/main.js");

export interface CommandOutcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

const TIMEOUT_MILLIS = 60_000;

/** A command in a process of its own. */
export function kubedrillProcess(args: readonly string[], cwd: string = process.cwd()): CommandOutcome {
  const env = { ...process.env, NO_COLOR: "1" };
  const done = spawnSync(process.execPath, [mainFile, ...args], {
    cwd,
    encoding: "utf8",
    env,
    timeout: TIMEOUT_MILLIS,
  });
  return { code: done.status, out: done.stdout, err: done.stderr };
}

let thread: CommandThread | undefined;

/** A command in the thread of commands. A user's plugin file is imported once: another plugin needs another file name. */
export function kubedrill(args: readonly string[], cwd: string = process.cwd()): CommandOutcome {
  thread ??= new CommandThread();
  const before = process.cwd();
  // the threads of a process have one working directory
  process.chdir(cwd);
  try {
    return thread.run(args);
  } finally {
    process.chdir(before);
  }
}

class CommandThread {
  private readonly answers: Int32Array<SharedArrayBuffer>;
  private readonly worker: Worker;
  private readonly channel = new MessageChannel();

  constructor() {
    this.answers = new Int32Array(new SharedArrayBuffer(4));
    this.worker = new Worker(new URL("./command-thread.js", import.meta.url), {
      workerData: { answers: this.answers, port: this.channel.port2, mainFile },
      transferList: [this.channel.port2],
      env: { ...process.env, NO_COLOR: "1" },
    });
    // an idle thread holds no test file back
    this.worker.unref();
  }

  run(args: readonly string[]): CommandOutcome {
    const answered = Atomics.load(this.answers, 0);
    this.channel.port1.postMessage(args);
    Atomics.wait(this.answers, 0, answered, TIMEOUT_MILLIS);
    const answer = receiveMessageOnPort(this.channel.port1) as { readonly message: CommandOutcome } | undefined;
    if (answer === undefined) throw new Error(`${args.join(" ")}: no answer in ${TIMEOUT_MILLIS} ms`);
    return answer.message;
  }
}

/** The command line for a shell. */
export const shellCommand = `${JSON.stringify(process.execPath)} ${JSON.stringify(mainFile)}`;
