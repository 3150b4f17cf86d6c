import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  countedStatus,
  type Now,
  rolloutStatus,
  untilDeadlineMicros,
} from "../../../sim/controllers/deployment/status.ts";
import { SECOND } from "../../../sim/engine/tick.ts";
import type { Condition, Deployment, ReplicaSet } from "../../../sim/model/objects.ts";
import { timestampAt } from "../../../sim/model/timestamp.ts";

const test = suite("controllers/deployment/status");

const now = (seconds: number): Now => ({ micros: seconds * SECOND, timestamp: timestampAt(seconds * SECOND) });

function progressing(status: string, reason: string, atSeconds: number): Condition {
  const at = timestampAt(atSeconds * SECOND);
  return { type: "Progressing", status, reason, message: "", lastUpdateTime: at, lastTransitionTime: at };
}

function deployment(status: Deployment["status"] = {}, spec: Deployment["spec"] = {}): Deployment {
  return {
    metadata: { name: "web", generation: 2 },
    spec: { replicas: 4, progressDeadlineSeconds: 60, ...spec },
    status,
  };
}

function set(name: string, replicas: number, ready: number, parts: ReplicaSet["status"] = {}): ReplicaSet {
  return {
    metadata: { name },
    spec: { replicas },
    status: { replicas, readyReplicas: ready, availableReplicas: ready, terminatingReplicas: 0, ...parts },
  };
}

const reasonOf = (status: NonNullable<Deployment["status"]>, type = "Progressing") => {
  const found = status.conditions?.find((condition) => condition.type === type);
  return found === undefined ? undefined : `${found.status}:${found.reason}`;
};

test("counts over all sets; unavailable is what is wanted of them less what is available", () => {
  const newSet = set("new", 2, 1);
  const status = countedStatus(deployment(), [set("old", 3, 3, { terminatingReplicas: 2 }), newSet], newSet, now(1));
  const { conditions: _, ...counts } = status;
  assert.equal(counts, {
    observedGeneration: 2,
    replicas: 5,
    updatedReplicas: 2,
    readyReplicas: 4,
    availableReplicas: 4,
    unavailableReplicas: 1,
    terminatingReplicas: 2,
  });
});

test("available while no more than maxUnavailable are missing", () => {
  const statusOf = (ready: number) => countedStatus(deployment(), [set("a", 4, ready)], undefined, now(1));
  assert.is(reasonOf(statusOf(3), "Available"), "True:MinimumReplicasAvailable");
  assert.is(reasonOf(statusOf(2), "Available"), "False:MinimumReplicasUnavailable");
});

test("complete, progressing, standing still, timed out", () => {
  const before = {
    observedGeneration: 2,
    replicas: 5,
    updatedReplicas: 1,
    readyReplicas: 4,
    availableReplicas: 4,
    conditions: [progressing("True", "ReplicaSetUpdated", 10)],
  };
  const of = (sets: readonly ReplicaSet[], at: number) => rolloutStatus(deployment(before), sets, sets.at(-1), now(at));
  const complete = of([set("old", 0, 0), set("new", 4, 4)], 20);
  assert.is(reasonOf(complete), "True:NewReplicaSetAvailable");
  const message = complete.conditions?.find((c) => c.type === "Progressing")?.message;
  assert.is(message, 'ReplicaSet "new" has successfully progressed.');
  const onItsWay = of([set("old", 3, 3), set("new", 2, 1)], 20);
  assert.is(reasonOf(onItsWay), "True:ReplicaSetUpdated");
  const condition = onItsWay.conditions?.find((c) => c.type === "Progressing");
  assert.equal(
    [condition?.lastUpdateTime, condition?.lastTransitionTime],
    [timestampAt(20 * SECOND), timestampAt(10 * SECOND)],
  );
  const still = [set("old", 4, 4), set("new", 1, 0)];
  assert.is(
    of(still, 69).conditions?.find((c) => c.type === "Progressing"),
    before.conditions[0],
  );
  assert.is(reasonOf(of(still, 71)), "False:ProgressDeadlineExceeded");
});

test("a complete Deployment that loses pods is not on its way again", () => {
  const before = {
    observedGeneration: 2,
    replicas: 4,
    updatedReplicas: 4,
    readyReplicas: 4,
    availableReplicas: 4,
    conditions: [progressing("True", "NewReplicaSetAvailable", 10)],
  };
  const newSet = set("new", 4, 1);
  const status = rolloutStatus(deployment(before), [newSet], newSet, now(900));
  assert.is(reasonOf(status), "True:NewReplicaSetAvailable");
  assert.is(reasonOf(status, "Available"), "False:MinimumReplicasUnavailable");
});

test("without a deadline there is no condition of progress", () => {
  const newSet = set("new", 4, 4);
  const before = { conditions: [progressing("True", "ReplicaSetUpdated", 10)] };
  const status = rolloutStatus(deployment(before, { progressDeadlineSeconds: 2147483647 }), [newSet], newSet, now(20));
  assert.is(reasonOf(status), undefined);
});

test("a set's failure is the Deployment's, the new set's before the old ones'", () => {
  const failure = (message: string) => ({
    conditions: [{ type: "ReplicaFailure", status: "True", reason: "FailedCreate", message }],
  });
  const newSet = set("new", 4, 0, failure("new"));
  const oldSet = set("old", 4, 0, failure("old"));
  const messageOf = (sets: readonly ReplicaSet[], which: ReplicaSet | undefined) =>
    rolloutStatus(deployment(), sets, which, now(1)).conditions?.find((c) => c.type === "ReplicaFailure")?.message;
  assert.is(messageOf([oldSet, newSet], newSet), "new");
  assert.is(messageOf([oldSet, set("new", 4, 0)], undefined), "old");
  assert.is(messageOf([set("new", 4, 4)], undefined), undefined);
});

test("when a rollout stands still it is looked at again at its deadline", () => {
  const before = { updatedReplicas: 1, conditions: [progressing("True", "ReplicaSetUpdated", 10)] };
  assert.is(untilDeadlineMicros(deployment(before), before, now(30)), 40 * SECOND);
  const over = { conditions: [progressing("False", "ProgressDeadlineExceeded", 10)] };
  assert.is(untilDeadlineMicros(deployment(over), over, now(30)), undefined);
  assert.is(untilDeadlineMicros(deployment({}), {}, now(30)), undefined);
});

test.run();
