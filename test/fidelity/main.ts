// Fidelity against recordings of the real thing: `npm run fidelity -- WHAT …`. One line per recorded part.
import { fidelityOfControlPlane } from "./control-plane.ts";
import { fidelityOfEtcd } from "./etcd.ts";
import { fidelityOfFgd } from "./fgd.ts";
import { fidelityOfRaft } from "./raft.ts";
import { fidelityOfScheduler } from "./scheduler.ts";

const PARTS: Readonly<Record<string, (args: readonly string[]) => number | Promise<number>>> = {
  "control-plane": fidelityOfControlPlane,
  etcd: fidelityOfEtcd,
  fgd: fidelityOfFgd,
  raft: fidelityOfRaft,
  scheduler: fidelityOfScheduler,
};

const [part = "", ...args] = process.argv.slice(2);
const run = Object.hasOwn(PARTS, part) ? PARTS[part] : undefined;
if (run === undefined) {
  console.error(`usage: fidelity ${Object.keys(PARTS).join("|")} …`);
  process.exitCode = 2;
} else {
  process.exitCode = await run(args);
}
