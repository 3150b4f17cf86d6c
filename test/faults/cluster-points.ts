// The fault points of a cluster under test.
import type { EtcdCluster } from "../../sim/etcd/cluster.ts";
import { EtcdError } from "../../sim/etcd/error.ts";
import type { EtcdPoints } from "../../sim/faults/world.ts";

const noUndo = () => undefined;

export function clusterPoints(cluster: EtcdCluster): EtcdPoints {
  const member = (name: string) => cluster.member(name);
  return {
    idOf: (name) => member(name).id,
    hostOf: (name) => member(name).hostName,
    isRunning: (name) => member(name).isRunning,
    isServing: (name) => member(name).isServing,
    crash: (name) => cluster.crash(name),
    start: (name) => {
      if (!member(name).isRunning) cluster.restart(name);
    },
    terminate: (name) => cluster.crash(name),
    pause: (name) => cluster.pause(name),
    resume: (name) => cluster.resume(name),
    slowDisk: (name, factor, extra) => {
      const { disk } = member(name);
      disk.factor *= factor;
      disk.extraMicros += extra;
      return () => {
        disk.factor /= factor;
        disk.extraMicros -= extra;
      };
    },
    stallDisk: (name) => {
      member(name).disk.stall();
      return () => member(name).disk.release();
    },
    fillDisk: (name) => {
      member(name).disk.isFull = true;
      return () => {
        member(name).disk.isFull = false;
      };
    },
    setClockRate: (name, rate) => {
      const before = member(name).clockRate;
      member(name).setClockRate(rate);
      return () => member(name).setClockRate(before);
    },
    stallCompaction: () => noUndo,
    setVersion: noUndo,
    prepareMember: () => ({ name: "", host: "" }),
    backup: () => null,
    restoreAll: () => 0,
    call: (name, request, deadlineMicros, done) =>
      member(name).call(request, { deadlineMicros }, (answer) =>
        done(
          answer instanceof EtcdError
            ? { revision: 0, error: answer.message }
            : { revision: answer.revision, error: null },
        ),
      ),
  };
}
