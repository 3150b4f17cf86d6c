// `kubectl describe pod`, and the pod templates of workloads. Ids and the access to the API are those of complete.ts.
import type {
  Container,
  ContainerState,
  ContainerStatus,
  Pod,
  PodSpec,
  PodTemplateSpec,
  Probe,
  Quantity,
  ResourceList,
  Toleration,
  Volume,
} from "../../model/objects.ts";
import { parseQuantity } from "../../model/quantity.ts";
import { quantityText } from "../../model/quantity-text.ts";
import type { Describer } from "./scene.ts";
import { type DescribeWriter, labelLines, longTime } from "./writer.ts";

export const describePod: Describer<Pod> = (pod, _scene, out) => {
  const { metadata, spec, status = {} } = pod;
  out.field(0, "Name", metadata.name);
  out.field(0, "Namespace", metadata.namespace ?? "default");
  if (spec.priority != null) out.field(0, "Priority", String(spec.priority));
  if (spec.priorityClassName) out.field(0, "Priority Class Name", spec.priorityClassName);
  if (spec.runtimeClassName) out.field(0, "Runtime Class Name", spec.runtimeClassName);
  out.field(0, "Service Account", spec.serviceAccountName || "default");
  out.field(0, "Node", spec.nodeName ? spec.nodeName + (status.hostIP ? `/${status.hostIP}` : "") : "<none>");
  if (status.startTime != null) out.field(0, "Start Time", longTime(status.startTime));
  out.list(0, "Labels", labelLines(metadata.labels));
  out.list(0, "Annotations", labelLines(metadata.annotations, ": "));
  if (metadata.deletionTimestamp != null) {
    out.field(0, "Status", `Terminating (lasts until ${longTime(metadata.deletionTimestamp)})`);
    out.field(0, "Termination Grace Period", `${metadata.deletionGracePeriodSeconds ?? 0}s`);
  } else out.field(0, "Status", status.phase ?? "Pending");
  if (status.reason) out.field(0, "Reason", status.reason);
  if (status.message) out.field(0, "Message", status.message);
  out.field(0, "IP", status.podIP ?? "");
  if (status.podIP) {
    out.line(0, "IPs:");
    out.field(1, "IP", status.podIP);
  } else out.field(0, "IPs", "<none>");
  const owner = metadata.ownerReferences?.find((reference) => reference.controller === true);
  if (owner !== undefined) out.field(0, "Controlled By", `${owner.kind}/${owner.name}`);
  if (status.nominatedNodeName) out.field(0, "NominatedNodeName", status.nominatedNodeName);
  describeContainers("Init Containers", spec.initContainers ?? [], status.initContainerStatuses, out);
  describeContainers("Containers", spec.containers, status.containerStatuses, out);
  for (const { conditionType } of spec.readinessGates ?? []) {
    const condition = status.conditions?.find(({ type }) => type === conditionType);
    out.line(0, `Readiness Gate:\t${conditionType}\t${condition?.status ?? "<none>"}`);
  }
  if ((status.conditions ?? []).length > 0) {
    out.line(0, "Conditions:");
    out.line(1, "Type\tStatus");
    for (const { type, status: value } of status.conditions ?? []) out.line(1, `${type} \t${value} `);
  }
  describeVolumes(spec.volumes ?? [], out);
  out.field(0, "QoS Class", status.qosClass ?? "BestEffort");
  out.list(0, "Node-Selectors", labelLines(spec.nodeSelector));
  out.list(0, "Tolerations", (spec.tolerations ?? []).map(tolerationText).sort());
  for (const { topologyKey, whenUnsatisfiable, maxSkew } of spec.topologySpreadConstraints ?? [])
    out.field(
      0,
      "Topology Spread Constraints",
      `${topologyKey}:${whenUnsatisfiable} when max skew ${maxSkew} is exceeded`,
    );
};

/** The pod template of a workload. */
export function describeTemplate(template: PodTemplateSpec | null | undefined, out: DescribeWriter): void {
  if (template == null) return void out.line(1, "<unset>");
  out.list(1, "Labels", labelLines(template.metadata?.labels));
  if (Object.keys(template.metadata?.annotations ?? {}).length > 0)
    out.list(1, "Annotations", labelLines(template.metadata?.annotations, ": "));
  if (template.spec.serviceAccountName) out.field(1, "Service Account", template.spec.serviceAccountName);
  describeContainers("Init Containers", template.spec.initContainers ?? [], null, out, 1);
  describeContainers("Containers", template.spec.containers, null, out, 1);
  describeVolumes(template.spec.volumes ?? [], out, 1);
  if (template.spec.priorityClassName) out.field(1, "Priority Class Name", template.spec.priorityClassName);
  out.list(1, "Node-Selectors", labelLines(template.spec.nodeSelector));
  out.list(1, "Tolerations", (template.spec.tolerations ?? []).map(tolerationText).sort());
}

function describeContainers(
  title: string,
  containers: PodSpec["containers"],
  statuses: readonly ContainerStatus[] | null | undefined,
  out: DescribeWriter,
  level = 0,
): void {
  if (containers.length === 0) return;
  out.line(level, `${title}:`);
  for (const container of containers) {
    out.line(level + 1, `${container.name}:`);
    describeContainer(
      container,
      statuses?.find(({ name }) => name === container.name),
      statuses != null,
      out,
      level + 2,
    );
  }
}

function describeContainer(
  container: Container,
  status: ContainerStatus | undefined,
  isPod: boolean,
  out: DescribeWriter,
  level: number,
): void {
  if (isPod) out.field(level, "Container ID", status?.containerID ?? "");
  out.field(level, "Image", container.image ?? "");
  if (isPod) out.field(level, "Image ID", status?.imageID ?? "");
  const ports = (container.ports ?? []).map(({ containerPort, protocol = "TCP" }) => `${containerPort}/${protocol}`);
  out.field(level, ports.length > 1 ? "Ports" : "Port", ports.join(", ") || "<none>");
  const hostPorts = (container.ports ?? []).map(({ hostPort = 0, protocol = "TCP" }) => `${hostPort}/${protocol}`);
  out.field(level, hostPorts.length > 1 ? "Host Ports" : "Host Port", hostPorts.join(", ") || "<none>");
  describeTexts("Command", container.command, out, level);
  describeTexts("Args", container.args, out, level);
  if (status !== undefined) {
    describeState("State", status.state, out, level);
    if (status.lastState?.terminated != null) describeState("Last State", status.lastState, out, level);
    out.field(level, "Ready", status.ready === true ? "True" : "False");
    out.field(level, "Restart Count", String(status.restartCount ?? 0));
  }
  describeAmounts("Limits", container.resources?.limits, out, level);
  describeAmounts("Requests", container.resources?.requests, out, level);
  describeProbe("Liveness", container.livenessProbe, out, level);
  describeProbe("Readiness", container.readinessProbe, out, level);
  describeProbe("Startup", container.startupProbe, out, level);
  const environment = container.env ?? [];
  if (environment.length === 0) out.field(level, "Environment", "<none>");
  else {
    out.line(level, "Environment:");
    for (const { name, value = "", valueFrom } of environment)
      out.field(level + 1, name, valueFrom == null ? value : referenceText(valueFrom as References));
  }
  const mounts = [...(container.volumeMounts ?? [])].sort((a, b) => (a.mountPath < b.mountPath ? -1 : 1));
  if (mounts.length === 0) return void out.field(level, "Mounts", "<none>");
  out.line(level, "Mounts:");
  for (const { mountPath, name, readOnly, subPath } of mounts) {
    const flags = [readOnly === true ? "ro" : "rw", ...(subPath ? [`path="${subPath}"`] : [])];
    out.line(level + 1, `${mountPath} from ${name} (${flags.join(",")})`);
  }
}

interface KeyOf {
  readonly name?: string;
  readonly key?: string;
  readonly optional?: boolean;
}

interface References {
  readonly fieldRef?: { readonly apiVersion?: string; readonly fieldPath?: string };
  readonly secretKeyRef?: KeyOf;
  readonly configMapKeyRef?: KeyOf;
}

/** `<set to the key 'password' in secret 'db'>  Optional: false` */
function referenceText({ configMapKeyRef, fieldRef, secretKeyRef }: References): string {
  if (fieldRef !== undefined) return ` (${fieldRef.apiVersion ?? "v1"}:${fieldRef.fieldPath ?? ""})`;
  const [{ key = "", name = "", optional = false }, what] =
    secretKeyRef !== undefined ? [secretKeyRef, "secret"] : [configMapKeyRef ?? {}, "config map"];
  return `<set to the key '${key}' ${what === "secret" ? "in" : "of"} ${what} '${name}'>  Optional: ${optional}`;
}

function describeTexts(
  key: string,
  texts: readonly string[] | null | undefined,
  out: DescribeWriter,
  level: number,
): void {
  if (texts == null || texts.length === 0) return;
  out.line(level, `${key}:`);
  for (const text of texts) for (const part of text.split("\n")) out.line(level + 1, part);
}

function describeAmounts(
  key: string,
  amounts: ResourceList | null | undefined,
  out: DescribeWriter,
  level: number,
): void {
  const names = Object.keys(amounts ?? {}).sort();
  if (names.length === 0) return;
  out.line(level, `${key}:`);
  for (const name of names) out.field(level + 1, name, canonical(amounts![name]!));
}

/** As the API gives it back: 1000m is 1. */
function canonical(amount: Quantity): string {
  return quantityText(parseQuantity(amount), amount);
}

function describeState(key: string, state: ContainerState | undefined, out: DescribeWriter, level: number): void {
  const { running, waiting, terminated } = state ?? {};
  if (running != null) {
    out.field(level, key, "Running");
    out.field(level + 1, "Started", longTime(running.startedAt));
  } else if (terminated != null) {
    out.field(level, key, "Terminated");
    if (terminated.reason) out.field(level + 1, "Reason", terminated.reason);
    if (terminated.message) out.field(level + 1, "Message", terminated.message);
    out.field(level + 1, "Exit Code", String(terminated.exitCode));
    if (terminated.signal) out.field(level + 1, "Signal", String(terminated.signal));
    out.field(level + 1, "Started", longTime(terminated.startedAt));
    out.field(level + 1, "Finished", longTime(terminated.finishedAt));
  } else {
    out.field(level, key, "Waiting");
    if (waiting?.reason) out.field(level + 1, "Reason", waiting.reason);
    if (waiting?.message) out.field(level + 1, "Message", waiting.message);
  }
}

function describeProbe(key: string, probe: Probe | null | undefined, out: DescribeWriter, level: number): void {
  if (probe == null) return;
  const { initialDelaySeconds = 0, timeoutSeconds = 1, periodSeconds = 10 } = probe;
  const { successThreshold = 1, failureThreshold = 3 } = probe;
  const times = `delay=${initialDelaySeconds}s timeout=${timeoutSeconds}s period=${periodSeconds}s`;
  out.field(level, key, `${probeText(probe)} ${times} #success=${successThreshold} #failure=${failureThreshold}`);
}

interface Target {
  readonly scheme?: string;
  readonly host?: string;
  readonly port?: string | number;
  readonly path?: string;
  readonly command?: readonly string[];
  readonly service?: string;
}

function probeText({ exec, grpc, httpGet, tcpSocket }: Probe): string {
  if (exec != null) return `exec [${((exec as Target).command ?? []).join(" ")}]`;
  if (httpGet != null) {
    const { scheme = "HTTP", host = "", port = "", path = "" } = httpGet as Target;
    return `http-get ${scheme.toLowerCase()}://${host}:${port}${path.startsWith("/") || path === "" ? path : `/${path}`}`;
  }
  if (tcpSocket != null) return `tcp-socket ${(tcpSocket as Target).host ?? ""}:${(tcpSocket as Target).port ?? ""}`;
  if (grpc != null) return `grpc <pod>:${(grpc as Target).port ?? ""} ${(grpc as Target).service ?? ""}`.trim();
  return "unknown";
}

function describeVolumes(volumes: readonly Volume[], out: DescribeWriter, level = 0): void {
  if (volumes.length === 0) return void out.field(level, "Volumes", "<none>");
  out.line(level, "Volumes:");
  for (const volume of volumes) {
    out.line(level + 1, `${volume.name}:`);
    const [type = "", source] = Object.entries(volume).find(([key, value]) => key !== "name" && value != null) ?? [];
    const [title, fields] = volumeLines(type, source as Source);
    out.field(level + 2, "Type", title);
    for (const [key, value] of fields) out.field(level + 2, key, value);
  }
}

interface Source {
  readonly claimName?: string;
  readonly readOnly?: boolean;
  readonly medium?: string;
  readonly sizeLimit?: Quantity | null;
  readonly secretName?: string;
  readonly name?: string;
  readonly optional?: boolean;
  readonly path?: string;
  readonly type?: string;
  readonly sources?: readonly Projection[];
}

interface Projection {
  readonly serviceAccountToken?: { readonly expirationSeconds?: number };
  readonly configMap?: { readonly name?: string; readonly optional?: boolean };
  readonly secret?: { readonly name?: string; readonly optional?: boolean };
  readonly downwardAPI?: unknown;
}

function projectedLines({ configMap, downwardAPI, secret, serviceAccountToken }: Projection): [string, string][] {
  const lines: [string, string][] = [];
  if (secret !== undefined)
    lines.push(["SecretName", secret.name ?? ""], ["Optional", String(secret.optional ?? false)]);
  if (downwardAPI !== undefined) lines.push(["DownwardAPI", "true"]);
  if (configMap !== undefined)
    lines.push(["ConfigMapName", configMap.name ?? ""], ["Optional", String(configMap.optional ?? false)]);
  if (serviceAccountToken !== undefined)
    lines.push(["TokenExpirationSeconds", String(serviceAccountToken.expirationSeconds ?? 3600)]);
  return lines;
}

/** What a volume is, and what is said of it. */
function volumeLines(type: string, source: Source): [title: string, fields: [key: string, value: string][]] {
  const { claimName = "", medium = "", name = "", optional = false, path = "", readOnly = false } = source;
  switch (type) {
    case "persistentVolumeClaim":
      return [
        "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)",
        [
          ["ClaimName", claimName],
          ["ReadOnly", String(readOnly)],
        ],
      ];
    case "emptyDir": {
      const limit = source.sizeLimit == null ? "<unset>" : canonical(source.sizeLimit);
      return [
        "EmptyDir (a temporary directory that shares a pod's lifetime)",
        [
          ["Medium", medium],
          ["SizeLimit", limit],
        ],
      ];
    }
    case "hostPath":
      return [
        "HostPath (bare host directory volume)",
        [
          ["Path", path],
          ["HostPathType", source.type ?? ""],
        ],
      ];
    case "secret":
      return [
        "Secret (a volume populated by a Secret)",
        [
          ["SecretName", source.secretName ?? ""],
          ["Optional", String(optional)],
        ],
      ];
    case "configMap":
      return [
        "ConfigMap (a volume populated by a ConfigMap)",
        [
          ["Name", name],
          ["Optional", String(optional)],
        ],
      ];
    case "projected":
      return [
        "Projected (a volume that contains injected data from multiple sources)",
        (source.sources ?? []).flatMap(projectedLines),
      ];
    default:
      return [type, []];
  }
}

/** `node.kubernetes.io/not-ready:NoExecute op=Exists for 300s` */
export function tolerationText({ key = "", value = "", effect = "", operator, tolerationSeconds }: Toleration): string {
  let text = key;
  if (value !== "") text += `=${value}`;
  if (effect !== "") text += `:${effect}`;
  if (operator === "Exists" && value === "") text += key !== "" || effect !== "" ? " op=Exists" : "op=Exists";
  if (tolerationSeconds != null) text += ` for ${tolerationSeconds}s`;
  return text;
}
