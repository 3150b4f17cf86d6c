// A host runs test files one after the other in one process, each with its own output, outcome and time limit. A host whose file crashed,
// hung or failed is not used again.
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { judge, type ProcessOutcome } from "./judge.ts";

const MAX_OUTPUT_CHARS = 200_000;
const TAIL_CHARS = 200;
const END = /\n=== end of file \d+ of \d+:.*\n/g;
/** A host that has grown beyond this is replaced. */
const MAX_RSS_BYTES = 1_200_000_000;

/** What a host's process is sent. */
export interface HostRequest {
  readonly file: string;
  /** Ends the file's output on both streams. */
  readonly mark: string;
}

interface Running {
  readonly mark: string;
  readonly finish: (code: number | null, signal: string | null, cpuMicros?: number) => void;
  output: string;
  /** The end of what came on each stream. */
  readonly tails: { out: string; err: string };
}

export class TestHost {
  private readonly child: ChildProcess;
  private readonly ended: Promise<void>;
  private running: Running | undefined;
  private files = 0;
  private isSpent = false;

  /**
   * @param cwd the folder that test files run in
   * @param env more variables of their environment
   */
  constructor(cwd: string, env: Readonly<Record<string, string>> = {}) {
    // a process group of its own, so that a hung file dies with everything that it started
    this.child = spawn(
      process.execPath,
      ["--enable-source-maps", fileURLToPath(new URL("./host-process.js", import.meta.url))],
      {
        cwd,
        detached: true,
        stdio: ["ignore", "pipe", "pipe", "ipc"],
        env: { ...process.env, FORCE_COLOR: "0", ...env },
      },
    );
    this.child.stdout!.setEncoding("utf8").on("data", (chunk: string) => this.collect("out", chunk));
    this.child.stderr!.setEncoding("utf8").on("data", (chunk: string) => this.collect("err", chunk));
    this.ended = new Promise((done) => {
      this.child.on("error", (error) => {
        if (this.running !== undefined) this.running.output += String(error);
        this.isSpent = true;
        this.running?.finish(null, null);
        done();
      });
      // what a file leaves running must not hold the pipes open, or pass unseen
      this.child.on("exit", () => {
        this.isSpent = true;
        this.kill();
      });
      this.child.on("close", (code, signal) => {
        this.running?.finish(code, signal);
        done();
      });
    });
  }

  /** Whether it may run another file. */
  get isUsable(): boolean {
    return !this.isSpent;
  }

  /**
   * Runs a compiled test file.
   *
   * @param file its path
   * @param timeoutSeconds after which the host is killed, with everything that it started
   */
  run(file: string, timeoutSeconds: number): Promise<ProcessOutcome> {
    return new Promise((done) => {
      let timedOut = false;
      const timer = setTimeout(() => {
        timedOut = true;
        this.kill();
      }, timeoutSeconds * 1000);
      const mark = `=== end of file ${++this.files} of ${this.child.pid}:`;
      const running: Running = {
        mark,
        output: "",
        tails: { out: "", err: "" },
        finish: (code, signal, cpuMicros) => {
          clearTimeout(timer);
          this.running = undefined;
          const output = running.output.replaceAll(END, "");
          const outcome = { output, code, signal, timedOut, timeoutSeconds, cpuMicros };
          // also when nothing crashed: tests that a file forgot to run would be run by the next one
          if (judge(outcome, []).failed > 0) this.isSpent = true;
          done(outcome);
        },
      };
      this.running = running;
      this.child.send({ file, mark } satisfies HostRequest);
    });
  }

  /** Ends its process, with everything that files have started in it. */
  async end(): Promise<void> {
    this.isSpent = true;
    if (this.child.connected) this.child.send("end");
    await this.ended;
  }

  private collect(stream: "out" | "err", chunk: string): void {
    const { running } = this;
    if (running === undefined) return;
    const { tails, mark } = running;
    running.output += chunk;
    if (running.output.length > 2 * MAX_OUTPUT_CHARS) running.output = running.output.slice(-MAX_OUTPUT_CHARS);
    tails[stream] = (tails[stream] + chunk).slice(-TAIL_CHARS);
    const end = tails.out.indexOf(mark);
    if (end < 0 || !tails.err.includes(mark)) return;
    const [code, rssBytes, cpuMicros] = tails.out
      .slice(end + mark.length)
      .trim()
      .split(" ")
      .map(Number);
    if (rssBytes! > MAX_RSS_BYTES) this.isSpent = true;
    running.finish(code!, null, cpuMicros);
  }

  private kill(): void {
    try {
      process.kill(-this.child.pid!, "SIGKILL");
    } catch {
      // the group is gone already
    }
  }
}
