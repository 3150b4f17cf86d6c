// Defaults of the API types in pod specs and pod templates: what is there before admission adds anything. Idempotent; equal inputs that
// are one object give one object, so that whatever recognises specs by identity still does.
// Source: defaulting of core/v1, 1.36.
import type { Container, PodSpec, PodTemplateSpec, Probe } from "./objects.ts";

const PROBES = ["livenessProbe", "readinessProbe", "startupProbe"] as const;

/** Pod specs with their defaults, remembered by the spec that was given. */
export class TemplateDefaults {
  private readonly known = new WeakMap<PodSpec, PodSpec>();
  // of pods that have a spec of their own because they name their node, containers are one object nevertheless
  private readonly lists = new WeakMap<
    readonly Container[],
    { readonly isOnHost: boolean; readonly list: readonly Container[] }
  >();

  spec(spec: PodSpec): PodSpec {
    let complete = this.known.get(spec);
    if (complete === undefined) {
      complete = this.complete(spec);
      // specs that name their node are each a pod's own
      if (spec.nodeName) return complete;
      this.known.set(spec, complete);
      // what is complete stays the same object
      this.known.set(complete, complete);
    }
    return complete;
  }

  template<T extends PodTemplateSpec | null | undefined>(template: T): T {
    if (template == null) return template;
    const spec = this.spec(template.spec);
    return spec === template.spec ? template : { ...template, spec };
  }

  private complete(spec: PodSpec): PodSpec {
    const isOnHost = spec.hostNetwork === true;
    const containers = this.containers(spec.containers, isOnHost);
    const initContainers = spec.initContainers == null ? null : this.containers(spec.initContainers, isOnHost);
    if (containers === spec.containers && initContainers === (spec.initContainers ?? null) && isComplete(spec))
      return spec;
    return {
      ...spec,
      containers,
      ...(initContainers === null ? {} : { initContainers }),
      restartPolicy: spec.restartPolicy ?? "Always",
      dnsPolicy: spec.dnsPolicy ?? "ClusterFirst",
      schedulerName: spec.schedulerName || "default-scheduler",
      securityContext: spec.securityContext ?? {},
      terminationGracePeriodSeconds: spec.terminationGracePeriodSeconds ?? 30,
    };
  }

  private containers(given: readonly Container[], isOnHost: boolean): readonly Container[] {
    const known = this.lists.get(given);
    if (known !== undefined && known.isOnHost === isOnHost) return known.list;
    const list = given.map((container) => defaultedContainer(container, isOnHost));
    this.lists.set(given, { isOnHost, list });
    this.lists.set(list, { isOnHost, list });
    return list;
  }
}

function isComplete({
  restartPolicy,
  dnsPolicy,
  schedulerName,
  securityContext,
  terminationGracePeriodSeconds,
}: PodSpec) {
  return (
    restartPolicy != null &&
    dnsPolicy != null &&
    schedulerName &&
    securityContext != null &&
    terminationGracePeriodSeconds != null
  );
}

function defaultedContainer(container: Container, hostNetwork: boolean): Container {
  const complete: Record<string, unknown> = {
    ...container,
    imagePullPolicy: container.imagePullPolicy || pullPolicyOf(container.image ?? ""),
  };
  if (container.ports != null) {
    complete.ports = container.ports.map((port) => ({
      ...port,
      protocol: port.protocol ?? "TCP",
      ...(hostNetwork && !port.hostPort ? { hostPort: port.containerPort } : {}),
    }));
  }
  for (const name of PROBES) {
    const probe = container[name];
    if (probe != null) complete[name] = defaultedProbe(probe);
  }
  return complete as unknown as Container;
}

function defaultedProbe(probe: Probe): Probe {
  return {
    ...probe,
    timeoutSeconds: probe.timeoutSeconds || 1,
    periodSeconds: probe.periodSeconds || 10,
    successThreshold: probe.successThreshold || 1,
    failureThreshold: probe.failureThreshold || 3,
  };
}

// the newest is asked for anew each time
function pullPolicyOf(image: string): string {
  const name = image.slice(image.lastIndexOf("/") + 1);
  if (name.includes("@")) return "IfNotPresent";
  const colon = name.indexOf(":");
  return colon < 0 || name.slice(colon) === ":latest" ? "Always" : "IfNotPresent";
}
