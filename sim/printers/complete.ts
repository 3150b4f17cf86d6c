// What the API server shows of objects beyond what the simulator keeps of them, because nothing depends on it: the access of pods to the API,
// ids of containers and images, further defaults, uids in their usual form. Made when it is printed, from what the object is, and alike
// every time. Source: the ServiceAccount admission plugin, defaulting of core/v1 and the kubelet's statuses, 1.36.
import { hexOf, nameSuffix, uuidOf } from "../model/identity.ts";
import type {
  Container,
  ContainerState,
  ContainerStatus,
  KubernetesObject,
  OwnerReference,
  Pod,
  PodSpec,
  PodTemplateSpec,
  Volume,
} from "../model/objects.ts";
import { CONFIG_MIRROR } from "../model/static-pods.ts";

const TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount";
const TOKEN_SECONDS = 3607;

/** Whole pods and templates; other objects as they are. */
export function completed<T extends KubernetesObject>(object: T): T {
  if (object.kind === "Pod") return completedPod(object as unknown as Pod) as unknown as T;
  const { spec } = object as { readonly spec?: { readonly template?: PodTemplateSpec | null } };
  const template = spec?.template;
  if (template?.spec?.containers === undefined) return object;
  return { ...object, spec: { ...spec, template: { ...template, spec: withDefaults(template.spec) } } };
}

/** With all uids in their usual form, those by which it speaks of others included. */
export function withUuids(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withUuids);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [
      key,
      UID_KEYS.has(key) && typeof field === "string" && field !== "" ? uuidOf(field) : withUuids(field),
    ]),
  );
}

const UID_KEYS: ReadonlySet<string> = new Set(["uid", "batch.kubernetes.io/controller-uid", "controller-uid"]);

function completedPod(pod: Pod): Pod {
  const uid = pod.metadata.uid ?? pod.metadata.name;
  const isMirror = pod.metadata.annotations?.[CONFIG_MIRROR] !== undefined;
  const spec = withDefaults(isMirror ? pod.spec : withAccess(pod.spec, uid));
  const { status = {} } = pod;
  const { containerStatuses, hostIP, initContainerStatuses, podIP } = status;
  const statuses = (of: readonly ContainerStatus[] | null | undefined, containers: PodSpec["initContainers"]) =>
    of?.map((one) =>
      completedStatus(
        one,
        (containers ?? []).find(({ name }) => name === one.name),
        uid,
      ),
    );
  const owner = pod.metadata.ownerReferences?.find(({ controller }) => controller === true);
  const generateName = pod.metadata.generateName ?? generatedFrom(pod.metadata.name, owner, isMirror);
  return {
    ...pod,
    metadata: { ...pod.metadata, generateName },
    spec,
    status: {
      ...status,
      ...(status.conditions == null
        ? {}
        : { conditions: status.conditions.map((condition) => ({ lastProbeTime: null, ...condition })) }),
      ...(containerStatuses == null ? {} : { containerStatuses: statuses(containerStatuses, spec.containers) }),
      ...(initContainerStatuses == null
        ? {}
        : { initContainerStatuses: statuses(initContainerStatuses, spec.initContainers) }),
      ...(hostIP ? { hostIPs: [{ ip: hostIP }] } : {}),
      ...(podIP ? { podIPs: [{ ip: podIP }] } : {}),
    },
  };
}

/** Names of a StatefulSet's pods are its own and a number, those of others end in five letters. */
function generatedFrom(name: string, owner: OwnerReference | undefined, isMirror: boolean): string | undefined {
  if (owner === undefined || isMirror) return undefined;
  return owner.kind === "StatefulSet" ? `${owner.name}-` : name.slice(0, -5);
}

/** The volume with a token, the root certificate and the namespace, and its mounts. */
function withAccess(spec: PodSpec, uid: string): PodSpec {
  const { automountServiceAccountToken } = spec as { readonly automountServiceAccountToken?: boolean };
  const account = {
    serviceAccount: spec.serviceAccountName || "default",
    serviceAccountName: spec.serviceAccountName || "default",
  };
  const all = [...spec.containers, ...(spec.initContainers ?? [])];
  const isBare = (container: Container) =>
    !(container.volumeMounts ?? []).some(({ mountPath }) => mountPath === TOKEN_PATH);
  if (automountServiceAccountToken === false || !all.some(isBare)) return { ...spec, ...account };
  const name = `kube-api-access-${nameSuffix(uid, 5)}`;
  const mount = { name, mountPath: TOKEN_PATH, readOnly: true };
  const mounted = (container: Container): Container =>
    isBare(container) ? { ...container, volumeMounts: [...(container.volumeMounts ?? []), mount] } : container;
  return {
    ...spec,
    ...account,
    containers: spec.containers.map(mounted),
    ...(spec.initContainers == null ? {} : { initContainers: spec.initContainers.map(mounted) }),
    volumes: [...(spec.volumes ?? []), accessVolume(name)],
  };
}

function accessVolume(name: string): Volume {
  const fieldRef = { apiVersion: "v1", fieldPath: "metadata.namespace" };
  return {
    name,
    projected: {
      defaultMode: 420,
      sources: [
        { serviceAccountToken: { expirationSeconds: TOKEN_SECONDS, path: "token" } },
        { configMap: { items: [{ key: "ca.crt", path: "ca.crt" }], name: "kube-root-ca.crt" } },
        { downwardAPI: { items: [{ fieldRef, path: "namespace" }] } },
      ],
    },
  };
}

function withDefaults(spec: PodSpec): PodSpec {
  const container = (one: Container): Container =>
    ({
      terminationMessagePath: "/dev/termination-log",
      terminationMessagePolicy: "File",
      ...one,
      resources: one.resources ?? {},
    }) as Container;
  return {
    enableServiceLinks: true,
    ...spec,
    containers: spec.containers.map(container),
    ...(spec.initContainers == null ? {} : { initContainers: spec.initContainers.map(container) }),
  } as PodSpec;
}

/** With the ids of what runs and of what ran before: each start of a container has one of its own. */
function completedStatus(status: ContainerStatus, container: Container | undefined, uid: string): ContainerStatus {
  const { lastState, restartCount = 0, state } = status;
  const idOf = (start: number) => `containerd://${hexOf(`${uid}/${status.name}/${start}`, 64)}`;
  const isThere = state?.running != null || state?.terminated?.startedAt != null || lastState?.terminated != null;
  const containerID = isThere ? idOf(restartCount) : undefined;
  // one that waits to be started again is not counted as a restart yet
  const before = state?.waiting != null ? restartCount : restartCount - 1;
  const requests = container?.resources?.requests;
  return {
    ...(containerID === undefined ? {} : { containerID }),
    ...(requests == null ? {} : { allocatedResources: requests }),
    ...status,
    imageID: containerID === undefined ? "" : imageIdOf(status.image ?? container?.image ?? ""),
    ...(state === undefined ? {} : { state: withId(state, idOf(restartCount)) }),
    ...(lastState === undefined ? {} : { lastState: withId(lastState, idOf(before)) }),
    ...(container === undefined
      ? {}
      : {
          resources: container.resources ?? {},
          volumeMounts: (container.volumeMounts ?? []).map((mount) =>
            mount.readOnly === true ? { ...mount, recursiveReadOnly: "Disabled" } : mount,
          ),
        }),
  };
}

function withId(state: ContainerState, containerID: string): ContainerState {
  if (state.terminated?.startedAt == null) return state;
  return { ...state, terminated: { containerID, ...state.terminated } };
}

/** `docker.io/library/nginx@sha256:…`, as containerd names what it has pulled. */
function imageIdOf(image: string): string {
  const at = image.indexOf("@");
  if (at >= 0) return `${fullName(image.slice(0, at))}${image.slice(at)}`;
  return `${fullName(image)}@sha256:${hexOf(image, 64)}`;
}

function fullName(image: string): string {
  const lastSlash = image.lastIndexOf("/");
  const colon = image.indexOf(":", lastSlash + 1);
  const name = colon < 0 ? image : image.slice(0, colon);
  const [first = ""] = name.split("/", 1);
  if (first.includes(".") || first.includes(":") || first === "localhost") return name;
  return name.includes("/") ? `docker.io/${name}` : `docker.io/library/${name}`;
}
