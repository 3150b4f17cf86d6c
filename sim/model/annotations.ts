// Labels and annotations by which simulated components tell each other what Kubernetes has no field for.

/** On pods: the workload source that made it. */
export const SOURCE_ANNOTATION = "kubedrill.dev/source";

/** On pods: microseconds that its containers run, from their start, before they complete. Nodes obey it. */
export const RUN_MICROS_ANNOTATION = "kubedrill.dev/run-micros";

/** On nodes: the pool that it was made from. */
export const POOL_LABEL = "kubedrill.dev/pool";

/** On nodes: what one costs per hour, a decimal number in whatever currency. */
export const PRICE_LABEL = "kubedrill.dev/price-per-hour";

/** On nodes: spot or on-demand. */
export const LIFECYCLE_LABEL = "kubedrill.dev/lifecycle";

/** On nodes: Kubernetes' own label for the type of the machine. */
export const INSTANCE_TYPE_LABEL = "node.kubernetes.io/instance-type";

/** On pods of a workload that says neither a selector nor labels: its name. */
export const WORKLOAD_LABEL = "kubedrill.dev/workload";

/** On pods: begins the annotations that say how their processes behave on a node, see sim/node/behaviour.ts and docs/NODES.md. */
export const BEHAVIOUR_PREFIX = "kubedrill.io/";

/** On nodes that a run begins with: seconds of virtual time at which the first lease is renewed and the status first looked at. */
export const FIRST_HEARTBEAT_ANNOTATION = `${BEHAVIOUR_PREFIX}first-heartbeat`;
