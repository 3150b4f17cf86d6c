// A new member joins: added to the membership, started with an empty disk, and promoted if it came as a learner.
import type { FaultRun } from "../kind.ts";
import type { Operator } from "./operator.ts";

/** @param then called when the new member is a voter and serves */
export function addMember(run: FaultRun, operator: Operator, zone: string, isLearner: boolean, then: () => void): void {
  const { etcd } = run.world;
  const { name, host } = etcd.prepareMember(zone);
  const promote = () => {
    if (!isLearner) return then();
    operator.ask(
      `promote ${name}`,
      () => operator.others(name),
      () => ({ kind: "memberPromote", id: etcd.idOf(name) }),
      then,
      (error) => error.includes("can only promote a learner member") && !error.includes("in sync"),
    );
  };
  operator.ask(
    `add ${name}`,
    () => operator.others(name),
    () => ({ kind: "memberAdd", host, isLearner }),
    () => {
      etcd.start(name);
      operator.until(`the service of ${name}`, () => etcd.isServing(name), promote);
    },
    (error) => error.includes("Peer URLs already exists"),
  );
}
