// Restarts members one by one, the leader last, and waits for each to serve: what rolling restarts and upgrades have in common.
import type { FaultRun } from "../kind.ts";
import type { Operator } from "./operator.ts";

/**
 * @param change what is done to a member while it is down
 */
export function restartEach(
  run: FaultRun,
  operator: Operator,
  downMicros: number,
  pauseMicros: number,
  change: (name: string) => void,
): void {
  const { etcd } = run.world;
  const leadersLast = [...run.targets].sort((a, b) => Number(a.role === "leader") - Number(b.role === "leader"));
  operator.each(
    leadersLast.map(({ name }) => name),
    (name, next) => {
      if (etcd.isRunning(name)) etcd.terminate(name);
      operator.until(
        `the end of ${name}`,
        () => !etcd.isRunning(name),
        () =>
          operator.after(downMicros, () => {
            change(name);
            etcd.start(name);
            operator.until(
              `the service of ${name}`,
              () => etcd.isServing(name),
              () => operator.after(pauseMicros, next),
            );
          }),
      );
    },
    () => run.finish(),
  );
}
