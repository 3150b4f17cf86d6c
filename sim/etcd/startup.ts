// The first moments of a member's process: it looks for its peers, tells them its name, and answers clients once that is through the
// log. Source: etcd's server.Start, adjustTicks and publish; rule 4 of the reference.
import type { Tick } from "../engine/tick.ts";
import { EtcdError } from "./error.ts";
import type { MemberProcess } from "./process.ts";

const ADVANCE_POLL_MICROS = 50_000;
const ADVANCE_POLLS = 100;

/** Begins to run. */
export function startUp(server: MemberProcess): void {
  server.frame.transport.restart();
  server.ticker.start();
  server.frame.membersChanged(server.membership);
  advanceTicks(server, 0);
  publish(server);
  server.loop.pump();
}

/** Tells the others its name, until that is through; then clients are answered. */
function publish(server: MemberProcess): void {
  const { id, name } = server.frame;
  server.propose({ kind: "publish", member: id, name }, (answer) => {
    if (server.isStopped) return;
    if (answer instanceof EtcdError) return publish(server);
    server.isServing = true;
    server.frame.serving();
  });
}

/** Once other members are seen there is no need to wait a whole election timeout for a leader (adjustTicks). */
function advanceTicks(server: MemberProcess, polls: number): void {
  const { engine, options, transport } = server.frame;
  const count = server.membership.list().length || options.members.length;
  const advance = (ticks: number) =>
    server.loop.act((node) => {
      for (let i = 0; i < ticks; i++) node.tick();
    });
  if (count === 1) return advance(options.electionTicks - 1);
  if (!options.initialElectionTickAdvance || polls >= ADVANCE_POLLS) return;
  engine.at((engine.now + server.localMicros(ADVANCE_POLL_MICROS)) as Tick, () =>
    server.guard(() => {
      if (transport.activePeers() > 1) advance(options.electionTicks - 2);
      else advanceTicks(server, polls + 1);
    }),
  );
}
