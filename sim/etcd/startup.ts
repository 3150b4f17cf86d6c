// The first moments of a member's process: it looks for its peers, tells them its name, and answers clients once that is through the
// log. Source: etcd's server.Start, adjustTicks and publish; rule 4 of the reference.
import type { Tick } from "../engine/tick.ts";
import { EtcdError } from "./error.ts";
import type { MemberProcess } from "./process.ts";

const ADVANCE_POLL_MICROS = 50_000;
const ADVANCE_POLLS = 100;

/** Begins to run. */
export function startUp(process: MemberProcess): void {
  process.frame.transport.restart();
  process.ticker.start();
  process.frame.membersChanged(process.membership);
  advanceTicks(process, 0);
  publish(process);
  process.loop.pump();
}

/** Tells the others its name, until that is through; then clients are answered. */
function publish(process: MemberProcess): void {
  const { id, name } = process.frame;
  process.propose({ kind: "publish", member: id, name }, (answer) => {
    if (process.isStopped) return;
    if (answer instanceof EtcdError) return publish(process);
    process.isServing = true;
    process.frame.serving();
  });
}

/** Once other members are seen there is no need to wait a whole election timeout for a leader (adjustTicks). */
function advanceTicks(process: MemberProcess, polls: number): void {
  const { engine, options, transport } = process.frame;
  const count = process.membership.list().length || options.members.length;
  const advance = (ticks: number) =>
    process.loop.act((node) => {
      for (let i = 0; i < ticks; i++) node.tick();
    });
  if (count === 1) return advance(options.electionTicks - 1);
  if (!options.initialElectionTickAdvance || polls >= ADVANCE_POLLS) return;
  engine.at((engine.now + process.localMicros(ADVANCE_POLL_MICROS)) as Tick, () =>
    process.guard(() => {
      if (transport.activePeers() > 1) advance(options.electionTicks - 2);
      else advanceTicks(process, polls + 1);
    }),
  );
}
