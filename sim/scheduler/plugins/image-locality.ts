// ImageLocality: prefers nodes that already hold the pod's images, the larger the better, scaled down by how few nodes
// have them so that not all pods gather on one node.
import { imageScore, spreadImageBytes } from "../arithmetic.ts";
import type { PluginFactory } from "../framework.ts";
import type { NodeInfo } from "../node-info.ts";
import { PerShape } from "../per-shape.ts";
import type { PodShape } from "../shape.ts";

/** What of a shape the score reads. Image volumes add to the sum, but only containers raise the threshold. */
export interface ShapeImages {
  readonly names: readonly string[];
  readonly containers: number;
}

export function shapeImages(shape: PodShape): ShapeImages {
  const { containers, initContainers } = shape.exemplar.spec;
  const all = [...(initContainers ?? []), ...containers];
  const names = all.map((c) => normalizedImageName(c.image ?? ""));
  for (const volume of shape.volumes) {
    if (volume.image != null) names.push(normalizedImageName(volume.image.reference ?? ""));
  }
  return { names, containers: all.length };
}

/** Images without a tag get ":latest", as nodes report them. */
export function normalizedImageName(name: string): string {
  return name.lastIndexOf(":") <= name.lastIndexOf("/") ? `${name}:latest` : name;
}

/** The score of one node. */
export function imageLocalityScore(images: ShapeImages, node: NodeInfo, handle: ImageCounts): number {
  let sum = 0;
  for (const name of images.names) {
    if (!node.images.has(name)) continue;
    const state = handle.imageStates.get(name);
    if (state !== undefined) sum += spreadImageBytes(state.sizeBytes, state.nodes, handle.nodeCount);
  }
  return imageScore(sum, images.containers);
}

/** The part of the snapshot that is read. */
export interface ImageCounts {
  readonly nodeCount: number;
  readonly imageStates: ReadonlyMap<string, { readonly sizeBytes: number; readonly nodes: number }>;
}

export const imageLocality: PluginFactory = (_args, handle) => {
  const images = new PerShape(shapeImages);
  return {
    name: "ImageLocality",
    score: (_state, pod, node) => imageLocalityScore(images.get(pod.shape), node, handle.snapshot),
    signPod: (pod) => JSON.stringify(images.get(pod.shape)),
  };
};
