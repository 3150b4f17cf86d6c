// etcdMemberReplace: a member and its disk are lost for good; an operator removes it from the cluster and adds a new one with an empty disk.
import { MINUTE } from "../../engine/tick.ts";
import { ANY_ONE, faultKind } from "../kind.ts";
import { addMember } from "./add-member.ts";
import { Operator } from "./operator.ts";

export const etcdMemberReplace = faultKind({
  name: "etcdMemberReplace",
  doc: "A member dies for good. After `delay` it is removed and a new one is added in its zone, as a voter or by way of a learner; it ends when the new one serves.",
  example: "{ at: 10m, etcdMemberReplace: { role: follower, delay: 2m, learner: true } }",
  layer: "etcd",
  parameters: {
    delay: { type: "duration", default: 5 * MINUTE, doc: "From the loss until somebody acts." },
    learner: {
      type: "flag",
      default: true,
      doc: "The new member joins as a learner and is promoted once it is in sync.",
    },
  },
  selection: ANY_ONE,
  isSelectable: true,
  addsMembers: true,
  course: "self",
  hasDuration: false,
  defaultForMicros: null,
  needsRunning: true,
  simpler: ["etcdMemberCrash"],
  inject(run, { delay, learner }) {
    const { etcd } = run.world;
    const operator = new Operator(run);
    for (const name of run.names) etcd.crash(name);
    operator.after(delay, () =>
      operator.each(
        run.names,
        (name, next) =>
          operator.ask(
            `remove ${name}`,
            () => operator.others(name),
            () => ({ kind: "memberRemove", id: etcd.idOf(name) }),
            () => addMember(run, operator, run.targets.find((target) => target.name === name)!.zone, learner, next),
            (error) => error.includes("member not found"),
          ),
        () => run.finish(),
      ),
    );
    return undefined;
  },
});
