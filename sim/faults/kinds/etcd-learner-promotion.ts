// etcdLearnerPromotion: the cluster grows: a new member joins as a learner, catches up, and is promoted to a voter.
import { ANY_ONE, faultKind } from "../kind.ts";
import { addMember } from "./add-member.ts";
import { Operator } from "./operator.ts";

export const etcdLearnerPromotion = faultKind({
  name: "etcdLearnerPromotion",
  doc: "A new member joins as a learner in the zone of a member that is drawn or selected, catches up, and becomes a voter.",
  example: "{ at: 10m, etcdLearnerPromotion: {} }",
  layer: "etcd",
  parameters: {},
  selection: ANY_ONE,
  isSelectable: true,
  addsMembers: true,
  course: "self",
  hasDuration: false,
  defaultForMicros: null,
  needsRunning: true,
  inject(run) {
    const operator = new Operator(run);
    operator.each(
      run.targets.map(({ zone }) => zone),
      (zone, next) => addMember(run, operator, zone, true, next),
      () => run.finish(),
    );
    return undefined;
  },
});
