// Activities of Chaos Toolkit's Kubernetes extension as faults, actions and expectations, or why they have no equivalent.
import { MINUTE, SECOND } from "../../engine/tick.ts";
import type { Draft } from "../draft.ts";
import { isMapping, type Mapping } from "../flatten.ts";
import type { Place } from "../remarks.ts";
import { addAction, addFault, deletePods, leftOut, nodeArgument, nodeFields } from "./effects.ts";
import { checkUrl } from "./probes.ts";
import { microsOf, tidied, wholeOf } from "./selectors.ts";
import { ALL_PODS, type NodeTarget, type PodTarget, type Strike } from "./strike.ts";

/** Makes what an action does. @returns how long kubectl or the fault takes, in microseconds */
export function readAction(draft: Draft, provider: Mapping, strike: Strike): number {
  const [module, func] = [String(provider["module"] ?? ""), String(provider["func"] ?? "")];
  const args = isMapping(provider["arguments"]) ? provider["arguments"] : {};
  if (provider["type"] !== "python") {
    leftOut(
      draft,
      strike,
      provider["type"] === "http" ? "nothing outside of the cluster is called" : "commands are not run",
    );
    return 0;
  }
  const action = module.startsWith("chaosk8s.") ? ACTIONS[func] : undefined;
  if (action === undefined) {
    leftOut(
      draft,
      strike,
      module.startsWith("chaosk8s.") ? "not an action that is known" : "code of others is not run",
    );
    return 0;
  }
  return action(draft, strike, args) ?? 0;
}

type Action = (draft: Draft, strike: Strike, args: Mapping) => number | undefined;

const namespaceOf = (args: Mapping) => String(args["ns"] ?? "default");

const podsOf = (args: Mapping): PodTarget => {
  const isAll = args["all"] === true;
  const isShare = args["mode"] === "percentage";
  const amount = wholeOf(args["qty"], 1, 1);
  return {
    ...ALL_PODS,
    namespace: namespaceOf(args),
    selector: tidied(args["label_selector"]),
    count: isAll || isShare ? null : amount,
    share: isShare && !isAll ? Math.min(1, amount / 100) : null,
  };
};

const nodesOf = (args: Mapping): NodeTarget => ({
  nodes: typeof args["name"] === "string" && args["name"] !== "" ? [args["name"]] : [],
  selector: tidied(args["label_selector"]),
  count: null,
  share: null,
});

const workload = (draft: Draft, kind: string, args: Mapping): string => {
  const name = String(args["name"] ?? /=([^,]+)/.exec(tidied(args["label_selector"]))?.[1] ?? "");
  const namespace = namespaceOf(args);
  draft.workloadTargets.push({ kind, namespace, name, replicas: 3 });
  return `${kind.toLowerCase()}/${namespace}/${name}`;
};

const scale =
  (kind: string): Action =>
  (draft, strike, args) => {
    addAction(draft, strike, "scale", {
      object: workload(draft, kind, args),
      replicas: wholeOf(args["replicas"], 0, 1),
    });
    return 30 * SECOND;
  };

const remove =
  (kind: string): Action =>
  (draft, strike, args) => {
    const object =
      kind === "Service" ? `service/${namespaceOf(args)}/${String(args["name"])}` : workload(draft, kind, args);
    addAction(draft, strike, "delete", { object, ignoreNotFound: true });
    return 30 * SECOND;
  };

const terminate: Action = (draft, strike, args) => {
  const grace = microsOf(args["grace_period"]);
  deletePods(draft, { ...strike, forMicros: 0 }, podsOf(args), grace === undefined || grace < 0 ? null : grace);
  return 10 * SECOND;
};

const drain: Action = (draft, strike, args) => {
  const timeout = wholeOf(args["timeout"], 1, 120);
  addAction(draft, strike, "drain", {
    ...nodeArgument(draft, nodesOf(args)),
    ignoreDaemonsets: true,
    deleteEmptydirData: args["delete_pods_with_local_storage"] === true,
    force: true,
    timeout: `${timeout}s`,
  });
  return MINUTE;
};

const ACTIONS: Readonly<Record<string, Action>> = {
  terminate_pods: terminate,
  delete_pods: terminate,
  kill_microservice: (draft, strike, args) =>
    terminate(draft, strike, {
      ...args,
      all: true,
      label_selector:
        tidied(args["label_selector"] ?? "").replace("{name}", String(args["name"])) || `name=${String(args["name"])}`,
    }),
  start_microservice: (draft, strike) => void leftOut(draft, strike, "write the manifest under spec.actions as apply"),
  scale_microservice: scale("Deployment"),
  scale_deployment: scale("Deployment"),
  scale_statefulset: scale("StatefulSet"),
  delete_deployment: remove("Deployment"),
  remove_statefulset: remove("StatefulSet"),
  delete_statefulset: remove("StatefulSet"),
  delete_service: remove("Service"),
  remove_service_endpoint: remove("Service"),
  rollout_deployment: (draft, strike, args) => {
    addAction(draft, strike, "rolloutRestart", { object: workload(draft, "Deployment", args) });
    return MINUTE;
  },
  drain_nodes: drain,
  cordon_node: (draft, strike, args) => void addAction(draft, strike, "cordon", nodeArgument(draft, nodesOf(args))),
  uncordon_node: (draft, strike, args) => void addAction(draft, strike, "uncordon", nodeArgument(draft, nodesOf(args))),
  delete_nodes: (draft, strike, args) => {
    const target = nodesOf(args);
    const count = target.nodes.length > 0 ? null : wholeOf(args["count"], 1, 1);
    addFault(
      draft,
      { ...strike, forMicros: 0 },
      "machineDelete",
      nodeFields(draft, { ...target, selector: "", count }),
    );
    return MINUTE;
  },
  delete_namespace: (draft, strike, args) =>
    void addAction(draft, strike, "delete", {
      object: `namespace/${String(args["name"])}`,
      ignoreNotFound: true,
      wait: false,
    }),
  create_deployment: (draft, strike) => void leftOut(draft, strike, "write the manifest under spec.actions as apply"),
  create_node: (draft, strike) => void leftOut(draft, strike, "nodes join from pools with boot"),
  exec_in_pods: (draft, strike) => void leftOut(draft, strike, "commands are not run"),
};

/** What a probe asks becomes an expectation. */
export function readProbe(
  draft: Draft,
  provider: Mapping,
  tolerance: unknown,
  what: string,
  name: string,
  place: Place | null,
): void {
  if (provider["type"] === "http") {
    checkUrl(draft, String(provider["url"] ?? ""), "http probe", place, "never");
    return;
  }
  const [module, func] = [String(provider["module"] ?? ""), String(provider["func"] ?? "")];
  const args = isMapping(provider["arguments"]) ? provider["arguments"] : {};
  const claim = module.startsWith("chaosk8s.") && provider["type"] === "python" ? claimOf(draft, func, args) : null;
  if (claim === null) {
    const reason =
      provider["type"] === "process"
        ? "commands are not run"
        : "what it asks has to be said in the words of docs/EXPECT.md";
    draft.remarks.leftOut(what, reason, name, place);
    return;
  }
  const isNegative = tolerance === false;
  draft.expect.push(isNegative ? `not (${claim})` : claim);
  draft.remarks.changed(what, "asked once, at the end of the run", name, place);
}

function claimOf(draft: Draft, func: string, args: Mapping): string | null {
  const namespace = namespaceOf(args);
  const filters = [
    ...tidied(args["label_selector"])
      .split(",")
      .filter((part) => /^[^!=]+=[^=]+$/.test(part)),
    `namespace=${namespace}`,
  ].join(", ");
  switch (func) {
    case "deployment_available_and_healthy":
    case "microservice_available_and_healthy":
    case "deployment_fully_available": {
      const object = workload(draft, "Deployment", args);
      return func === "deployment_fully_available" ? `rolledOut(${object})` : `available(${object}) >= 1`;
    }
    case "deployment_not_fully_available":
      return `not rolledOut(${workload(draft, "Deployment", args)})`;
    case "statefulset_fully_available":
      return `rolledOut(${workload(draft, "StatefulSet", args)})`;
    case "all_microservices_healthy":
    case "all_pods_healthy":
      return `count(pods, namespace=${namespace}, phase=Failed) == 0`;
    case "pods_in_phase":
      return `count(pods, ${filters}, phase=${String(args["phase"] ?? "Running")}) >= 1`;
    case "pods_not_in_phase":
      return `count(pods, ${filters}, phase=${String(args["phase"] ?? "Running")}) == 0`;
    case "count_pods":
      return null;
    case "service_is_initialized":
      return `exists(service/${namespace}/${String(args["name"])})`;
    case "all_nodes_are_ok":
    case "nodes_are_ready":
      return "count(nodes, ready=True) >= 1";
    default:
      return null;
  }
}
