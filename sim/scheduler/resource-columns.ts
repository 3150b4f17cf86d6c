// How scoring reads one resource by its name: what a node can give, what is requested there, what a pod asks for.
// Requests for scoring come in two kinds: real ones, and "non-zero" ones, where containers that name no CPU or memory
// count with 100m and 200 MiB.
import { isScalarResource, type NodeInfo } from "./node-info.ts";
import type { PodShape } from "./shape.ts";

export interface ResourceColumn {
  readonly name: string;
  readonly weight: number;
  allocatable(node: NodeInfo): number;
  requested(node: NodeInfo): number;
  request(shape: PodShape): number;
  /** Extended and other resources counted by name leave the score when the pod does not ask for them. */
  readonly onlyIfRequested: boolean;
}

export interface WeightedResource {
  readonly name: string;
  readonly weight: number;
}

/** Readers for the resources of a scoring strategy. */
export function resourceColumns(resources: readonly WeightedResource[], nonZero: boolean): ResourceColumn[] {
  return resources.map(({ name, weight }) => ({ name, weight, ...readers(name, nonZero) }));
}

function readers(name: string, nonZero: boolean): Omit<ResourceColumn, "name" | "weight"> {
  if (name === "cpu") {
    return {
      allocatable: (node) => node.allocatableCpuMilli,
      requested: nonZero ? (node) => node.nonZeroCpuMilli : (node) => node.requestedCpuMilli,
      request: nonZero ? (shape) => shape.scoringCpuMilli : (shape) => shape.requests.cpuMilli,
      onlyIfRequested: false,
    };
  }
  if (name === "memory") {
    return {
      allocatable: (node) => node.allocatableMemoryBytes,
      requested: nonZero ? (node) => node.nonZeroMemoryBytes : (node) => node.requestedMemoryBytes,
      request: nonZero ? (shape) => shape.scoringMemoryBytes : (shape) => shape.requests.memoryBytes,
      onlyIfRequested: false,
    };
  }
  if (name === "ephemeral-storage") {
    return {
      allocatable: (node) => node.allocatableEphemeralBytes,
      requested: (node) => node.requestedEphemeralBytes,
      request: (shape) => shape.requests.ephemeralBytes,
      onlyIfRequested: false,
    };
  }
  return {
    allocatable: (node) => node.allocatableScalar.get(name) ?? 0,
    requested: (node) => node.requestedScalar.get(name) ?? 0,
    request: nonZero ? (shape) => shape.scoringScalar.get(name) ?? 0 : (shape) => shape.requests.scalar.get(name) ?? 0,
    onlyIfRequested: isScalarResource(name),
  };
}

/** Amounts of one node for a strategy: a resource that does not count has allocatable 0, which scorers leave out. */
export class ResourceAmounts {
  readonly columns: readonly ResourceColumn[];
  readonly weights: readonly number[];
  readonly allocatable: Float64Array;
  /** Without the pod. */
  readonly before: Float64Array;
  /** With the pod. */
  readonly after: Float64Array;

  constructor(resources: readonly WeightedResource[], nonZero: boolean) {
    this.columns = resourceColumns(resources, nonZero);
    this.weights = resources.map((r) => r.weight);
    this.allocatable = new Float64Array(resources.length);
    this.before = new Float64Array(resources.length);
    this.after = new Float64Array(resources.length);
  }

  read(shape: PodShape, node: NodeInfo): void {
    const { columns, allocatable, before, after } = this;
    for (let i = 0; i < columns.length; i++) {
      const column = columns[i]!;
      const request = column.request(shape);
      if (request === 0 && column.onlyIfRequested) {
        allocatable[i] = before[i] = after[i] = 0;
        continue;
      }
      const requested = column.requested(node);
      allocatable[i] = column.allocatable(node);
      before[i] = requested;
      after[i] = requested + request;
    }
  }
}
