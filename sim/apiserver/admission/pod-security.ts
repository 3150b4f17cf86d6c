// PodSecurity: what the levels baseline and restricted do not let through, by the label of the namespace. Fields that objects.ts does
// not know are not checked. Source: the Pod Security Standards, and the texts of the admission plugin, 1.36.
import type { Container, PodSpec } from "../../model/objects.ts";

export type SecurityLevel = "privileged" | "baseline" | "restricted";

export const ENFORCE_LABEL = "pod-security.kubernetes.io/enforce";

interface ContainerSecurity {
  readonly privileged?: boolean;
  readonly allowPrivilegeEscalation?: boolean;
  readonly runAsNonRoot?: boolean;
  readonly runAsUser?: number;
  readonly seccompProfile?: { readonly type?: string };
  readonly capabilities?: { readonly add?: readonly string[]; readonly drop?: readonly string[] };
}

const BASELINE_CAPABILITIES: ReadonlySet<string> = new Set([
  "AUDIT_WRITE",
  "CHOWN",
  "DAC_OVERRIDE",
  "FOWNER",
  "FSETID",
  "KILL",
  "MKNOD",
  "NET_BIND_SERVICE",
  "SETFCAP",
  "SETGID",
  "SETPCAP",
  "SETUID",
  "SYS_CHROOT",
]);
const RESTRICTED_VOLUMES = [
  "hostPath",
  "gcePersistentDisk",
  "awsElasticBlockStore",
  "azureDisk",
  "azureFile",
  "cinder",
  "vsphereVolume",
  "portworxVolume",
  "iscsi",
  "rbd",
] as const;

/** What is wrong with the pod, as the plugin says it, or null. */
export function podSecurityViolation(spec: PodSpec, level: SecurityLevel): string | null {
  if (level === "privileged") return null;
  const violations = baseline(spec);
  if (level === "restricted") violations.push(...restricted(spec));
  return violations.length === 0 ? null : `violates PodSecurity "${level}:latest": ${violations.join(", ")}`;
}

function baseline(spec: PodSpec): string[] {
  const found: string[] = [];
  const hosts = (["hostNetwork", "hostPID", "hostIPC"] as const).filter((name) => spec[name] === true);
  if (hosts.length > 0) found.push(`host namespaces (${hosts.map((name) => `${name}=true`).join(", ")})`);
  const privileged = named(spec, ({ privileged: is }) => is === true);
  if (privileged.length > 0)
    found.push(`privileged (${whose(privileged)} must not set securityContext.privileged=true)`);
  const capable = named(spec, ({ capabilities }) =>
    (capabilities?.add ?? []).some((c) => !BASELINE_CAPABILITIES.has(c)),
  );
  if (capable.length > 0)
    found.push(
      `non-default capabilities (${whose(capable)} must not include them in securityContext.capabilities.add)`,
    );
  const paths = (spec.volumes ?? []).filter(({ hostPath }) => hostPath != null).map(({ name }) => `"${name}"`);
  if (paths.length > 0) found.push(`hostPath volumes (volume${paths.length > 1 ? "s" : ""} ${paths.join(", ")})`);
  const ports = all(spec).filter(({ ports: own }) => (own ?? []).some(({ hostPort }) => (hostPort ?? 0) > 0));
  if (ports.length > 0 && spec.hostNetwork !== true)
    found.push(`hostPort (${whose(ports.map(({ name }) => name))} uses hostPorts)`);
  return found;
}

function restricted(spec: PodSpec): string[] {
  const found: string[] = [];
  const pod = (spec.securityContext ?? {}) as ContainerSecurity;
  const escalating = named(spec, ({ allowPrivilegeEscalation }) => allowPrivilegeEscalation !== false);
  if (escalating.length > 0)
    found.push(
      `allowPrivilegeEscalation != false (${whose(escalating)} must set securityContext.allowPrivilegeEscalation=false)`,
    );
  const capable = named(spec, ({ capabilities }) => !(capabilities?.drop ?? []).includes("ALL"));
  if (capable.length > 0)
    found.push(`unrestricted capabilities (${whose(capable)} must set securityContext.capabilities.drop=["ALL"])`);
  const volumes = (spec.volumes ?? []).filter((volume) => RESTRICTED_VOLUMES.some((type) => volume[type] != null));
  if (volumes.length > 0)
    found.push(`restricted volume types (volume ${volumes.map(({ name }) => `"${name}"`).join(", ")})`);
  const rooted = named(spec, ({ runAsNonRoot }) => (runAsNonRoot ?? pod.runAsNonRoot) !== true);
  if (rooted.length > 0)
    found.push(`runAsNonRoot != true (pod or ${whose(rooted)} must set securityContext.runAsNonRoot=true)`);
  const unconfined = named(spec, ({ seccompProfile }) => {
    const type = seccompProfile?.type ?? pod.seccompProfile?.type;
    return type !== "RuntimeDefault" && type !== "Localhost";
  });
  if (unconfined.length > 0)
    found.push(
      `seccompProfile (pod or ${whose(unconfined)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")`,
    );
  return found;
}

function all(spec: PodSpec): readonly Container[] {
  return [...(spec.initContainers ?? []), ...spec.containers];
}

function named(spec: PodSpec, isWrong: (security: ContainerSecurity) => boolean): string[] {
  return all(spec)
    .filter(({ securityContext }) => isWrong((securityContext ?? {}) as ContainerSecurity))
    .map(({ name }) => name);
}

function whose(names: readonly string[]): string {
  return `container${names.length > 1 ? "s" : ""} ${names.map((name) => `"${name}"`).join(", ")}`;
}
