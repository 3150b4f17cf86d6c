// setImage: kubectl set image, a patch of the pod template by the names of its containers.
import { ApiError } from "../../apiserver/client.ts";
import type { Container, PodTemplateSpec } from "../../model/objects.ts";
import { resourceText } from "../command.ts";
import { TEMPLATED, templateOf, withTemplate } from "../pod-template.ts";
import { verb } from "../verb.ts";

export const setImage = verb({
  name: "setImage",
  doc: 'Changes images of containers in a pod template; "*" means all containers.',
  example: "{ at: 5m, setImage: { object: deployment/web, images: { web: registry/web:v2 } } }",
  parameters: {
    object: { type: "objects", required: true, kinds: TEMPLATED, doc: "One workload or a list." },
    images: { type: "textMap", required: true, doc: "Images by the names of containers, init containers included." },
    annotations: {
      type: "textMap",
      doc: "Annotations of the pod template that change with the image: how a pod of the new version behaves.",
    },
  },
  // a version that is as good as the last one, but that no node has yet
  search: {
    on: "object",
    of: ["deployment", "statefulset", "daemonset"],
    says: { images: { "*": "registry.example/next:v2" } },
  },
  *run(command, { annotations, images, object }) {
    for (const name of object) {
      const stored = yield* command.get(name.list, name.key);
      if (stored instanceof ApiError) {
        command.refused(stored);
        continue;
      }
      const template = templateOf(stored);
      const unknown = Object.keys(images).filter(
        (container) => container !== "*" && !hasContainer(template, container),
      );
      if (unknown.length > 0) {
        command.fail(`error: unable to find container named "${unknown[0]}"`);
        continue;
      }
      const answer = yield* command.patch(name.list as "deployments", name.key, (before) =>
        withTemplate(before, withImages(templateOf(before)!, images, annotations)),
      );
      if (answer instanceof ApiError) command.refused(answer);
      else command.print(`${resourceText(name)} image updated`);
    }
  },
});

type TextMap = Readonly<Record<string, string | null>>;

function hasContainer(template: PodTemplateSpec | undefined, name: string): boolean {
  const { containers = [], initContainers } = template?.spec ?? {};
  return [...containers, ...(initContainers ?? [])].some((container) => container.name === name);
}

function withImages(template: PodTemplateSpec, images: TextMap, annotations: TextMap | undefined): PodTemplateSpec {
  const change = (container: Container): Container => {
    const image = images[container.name] ?? images["*"];
    return image === undefined || image === null ? container : { ...container, image };
  };
  const spec = template.spec!;
  const changed: PodTemplateSpec = {
    ...template,
    spec: {
      ...spec,
      containers: spec.containers.map(change),
      ...(spec.initContainers == null ? {} : { initContainers: spec.initContainers.map(change) }),
    },
  };
  return annotations === undefined ? changed : withAnnotations(changed, annotations);
}

/** @param annotations null takes one away */
export function withAnnotations(template: PodTemplateSpec, annotations: TextMap): PodTemplateSpec {
  const kept: Record<string, string> = { ...template.metadata?.annotations };
  for (const [key, value] of Object.entries(annotations)) {
    if (value === null) delete kept[key];
    else kept[key] = value;
  }
  return { ...template, metadata: { ...template.metadata, annotations: kept } };
}
