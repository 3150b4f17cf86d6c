// The thread that runs commands: one after the other, each with its own arguments, output and exit code.
import { pathToFileURL } from "node:url";
import { type MessagePort, workerData } from "node:worker_threads";
import type { CommandOutcome } from "./command.ts";

interface ThreadData {
  readonly answers: Int32Array;
  readonly port: MessagePort;
  readonly mainFile: string;
}

const { answers, port, mainFile } = workerData as ThreadData;
const written = { out: "", err: "" };

function collect(stream: NodeJS.WriteStream, to: keyof typeof written): void {
  stream.write = (chunk: unknown, ...rest: readonly unknown[]): boolean => {
    written[to] += typeof chunk === "string" ? chunk : Buffer.from(chunk as Uint8Array).toString("utf8");
    const done = rest.at(-1);
    if (typeof done === "function") queueMicrotask(() => done());
    return true;
  };
}
collect(process.stdout, "out");
collect(process.stderr, "err");

async function run(args: readonly string[], turn: number): Promise<CommandOutcome> {
  Object.assign(written, { out: "", err: "" });
  process.argv = [process.execPath, mainFile, ...args];
  process.exitCode = undefined;
  // the main module runs when it is imported, and under another address it is imported anew
  await import(`${pathToFileURL(mainFile).href}?turn=${turn}`);
  for (const stream of [process.stdout, process.stderr]) stream.removeAllListeners("error");
  return { code: Number(process.exitCode ?? 0), ...written };
}

let turn = 0;
port.on("message", async (args: readonly string[]) => {
  let answer: CommandOutcome;
  try {
    answer = await run(args, turn++);
  } catch (error) {
    // Node would print it and end with 1
    answer = {
      code: 1,
      out: written.out,
      err: `${written.err}${error instanceof Error ? error.stack : String(error)}\n`,
    };
  }
  process.exitCode = 0;
  port.postMessage(answer);
  Atomics.add(answers, 0, 1);
  Atomics.notify(answers, 0);
});
