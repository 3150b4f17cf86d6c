// etcdDisasterRestore: all members and their disks are lost; the cluster begins anew from the newest backup. Backups are taken all the
// while from the beginning of the run; acknowledged writes that are in none of them are lost, and counted.
import { HOUR, MINUTE, SECOND, TICK_MAX, type Tick } from "../../engine/tick.ts";
import { faultKind } from "../kind.ts";
import type { EtcdBackup } from "../world.ts";
import { Operator } from "./operator.ts";

/** When nobody can be asked for a backup. */
const RETRY_MICROS = SECOND;

/** Backups that may still be wanted, oldest first. */
interface Backups {
  readonly taken: { readonly atMicros: number; readonly backup: EtcdBackup }[];
}

export const etcdDisasterRestore = faultKind({
  name: "etcdDisasterRestore",
  doc: "All members and their disks are lost at once, and restored when it ends from the newest backup that is old enough. Lost acknowledged writes are counted.",
  example: "{ at: 50m, etcdDisasterRestore: { backupEvery: 15m, backupAge: 1m, for: 10m } }",
  layer: "etcd",
  parameters: {
    backupEvery: {
      type: "duration",
      default: HOUR,
      doc: "A backup is taken at the start and then so often, at most every second.",
    },
    backupAge: { type: "duration", default: 0, doc: "A backup counts once it is so old: time to copy it away." },
  },
  selection: {},
  isSelectable: false,
  course: "self",
  hasDuration: true,
  defaultForMicros: 5 * MINUTE,
  needsRunning: false,
  simpler: ["etcdQuorumLoss"],
  prepare(engine, world, { backupEvery, backupAge }): Backups {
    const taken: Backups["taken"][number][] = [];
    const take = () => {
      const backup = world.etcd.backup();
      // of those that are old enough only the newest will ever be restored
      while ((taken[1]?.atMicros ?? engine.now) + backupAge < engine.now) taken.shift()?.backup.release();
      if (backup !== null) taken.push({ atMicros: engine.now, backup });
      const pause = backup === null ? RETRY_MICROS : Math.max(SECOND, backupEvery);
      if (engine.now + pause < TICK_MAX) engine.at((engine.now + pause) as Tick, take);
    };
    engine.at(engine.now, take);
    return { taken };
  },
  inject(run, { backupAge }, prepared) {
    const { engine, world } = run;
    const { taken } = prepared as Backups;
    const usable = taken.findLast(({ atMicros }) => atMicros + backupAge <= engine.now);
    for (const name of run.names) if (world.etcd.isRunning(name)) world.etcd.crash(name);
    if (run.forMicros === null) return undefined;
    const operator = new Operator(run);
    operator.after(run.forMicros, () => {
      if (usable === undefined) return run.giveUp("there is no backup that is old enough");
      run.effect("restoredRevision", usable.backup.revision);
      run.effect("lostWrites", world.etcd.restoreAll(usable.backup));
      operator.until(
        "the service of a member",
        () => operator.others().some((name) => world.etcd.isServing(name)),
        () => run.finish(),
      );
    });
    return undefined;
  },
});
