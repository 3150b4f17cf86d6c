// kubedrill worker: does runs of batches that were started with --queue, on this machine, until it is stopped.
import { availableParallelism } from "node:os";
import type { CommandModule } from "yargs";
import { parseDurationMicros } from "../engine/tick.ts";
import { EXIT_INTERRUPTED, EXIT_OK, InputError } from "./failure.ts";

interface Arguments {
  readonly queue: string;
  readonly concurrency?: number;
  readonly "stalled-after": string;
  readonly "exit-when-idle"?: string;
}

export const workerCommand: CommandModule<object, Arguments> = {
  command: "worker",
  describe: "do runs of batches with --queue, on this machine",
  builder: (parser) =>
    parser
      .option("queue", {
        type: "string",
        demandOption: true,
        describe: "address of Redis or Valkey: redis://host:6379",
      })
      .option("concurrency", { alias: "c", type: "number", describe: "runs at once; by default one per core" })
      .option("stalled-after", {
        type: "string",
        default: "30s",
        describe: "time without a sign of life after which the runs of a worker go to others",
      })
      .option("exit-when-idle", { type: "string", describe: "end when there was nothing to do for so long: 5m" })
      .example("$0 worker --queue redis://10.0.0.5:6379", "all cores of this machine, until Ctrl-C") as never,
  async handler(given) {
    const { wholeNumber } = await import("./batch-options.ts");
    const concurrency = wholeNumber("concurrency", given.concurrency ?? availableParallelism(), 1, 1024);
    const stalledMillis = millisOf("stalled-after", given["stalled-after"]);
    const idle = given["exit-when-idle"];
    const idleMillis = idle === undefined ? Number.POSITIVE_INFINITY : millisOf("exit-when-idle", idle);
    const { QueueWorker } = await import("../batch/queue/queue-worker.ts");
    const say = (text: string) => void process.stderr.write(`${text}\n`);
    const worker = await QueueWorker.start({ url: given.queue, concurrency, stalledMillis, onNotice: say });
    say(`waiting for runs at ${worker.shown}, ${concurrency} at once; Ctrl-C ends it after those that are begun`);
    await new Promise<void>((resolve) => {
      const ended = () => {
        say("finishing what is begun; once more ends it at once");
        process.once("SIGINT", () => process.exit(EXIT_INTERRUPTED));
        resolve();
      };
      process.once("SIGINT", ended).once("SIGTERM", ended);
      const clock = setInterval(() => {
        if (worker.idleMillis < idleMillis) return;
        clearInterval(clock);
        resolve();
      }, 250);
    });
    await worker.close();
    process.stdout.write(`${worker.delivered} runs done\n`);
    process.exit(EXIT_OK);
  },
};

function millisOf(option: string, text: string): number {
  const micros = parseDurationMicros(text);
  if (micros === undefined || micros < 1_000_000)
    throw new InputError(`--${option} ${text}: expected a time such as 30s, of at least 1s`);
  return micros / 1000;
}
