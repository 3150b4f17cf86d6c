// What admission makes of a pod: LimitRanger, ServiceAccount, Priority, DefaultTolerationSeconds before webhooks see it, and the checks of
// LimitRanger and PodSecurity after mutating ones. Pods whose specs are one object get one object back: what is worked out is remembered per spec and namespace.
// Source: behaviour of the admission plugins, 1.36.
import { type DefaultingContext, defaultingContext, defaultPodSpec } from "../../model/defaults.ts";
import type { LimitRange, Namespace, Pod, PodSpec } from "../../model/objects.ts";
import type { ApiError, ApiKind } from "../client.ts";
import { namespaceOfKey } from "../kind-rules.ts";
import { forbidden } from "../refusals.ts";
import { type AdmissionCaches, cachedObject } from "./attributes.ts";
import { rangeRefusal, withRangeDefaults } from "./limit-ranger.ts";
import { ENFORCE_LABEL, podSecurityViolation, type SecurityLevel } from "./pod-security.ts";

interface Admitted {
  readonly spec: PodSpec;
  /** Why such a pod is refused, without the name of the pod. */
  readonly refusal: string | null;
  /** Why it is refused if webhooks leave it as it is; undefined until somebody asks. */
  invalid: string | null | undefined;
}

export class PodAdmission {
  private readonly caches: AdmissionCaches;
  private known = new WeakMap<PodSpec, Map<string, Admitted>>();
  private context: DefaultingContext | null = null;
  // raised when the limits or labels of a namespace change
  private readonly generations = new Map<string, number>();

  constructor(caches: AdmissionCaches) {
    this.caches = caches;
  }

  /** An object has changed that pods may depend on: those of its namespace, or all. */
  changed(kind: ApiKind, key: string): void {
    if (kind === "limitRanges" || kind === "namespaces") {
      const namespace = kind === "namespaces" ? key : namespaceOfKey(key);
      this.generations.set(namespace, (this.generations.get(namespace) ?? 0) + 1);
    } else if (kind === "priorityClasses" || kind === "storageClasses") this.reset();
  }

  reset(): void {
    this.known = new WeakMap();
    this.context = null;
  }

  admit(pod: Pod): Pod | ApiError {
    const { spec, refusal } = this.admitted(pod);
    if (refusal !== null) return forbidden("pods", pod.metadata.name, refusal);
    return spec === pod.spec ? pod : { ...pod, spec };
  }

  /** Of a pod as {@link admit} and webhooks have left it. */
  validate(pod: Pod): ApiError | null {
    const admitted = this.admitted(pod);
    if (admitted.invalid === undefined) admitted.invalid = this.violation(pod);
    return admitted.invalid === null ? null : forbidden("pods", pod.metadata.name, admitted.invalid);
  }

  private admitted(pod: Pod): Admitted {
    const { namespace = "default" } = pod.metadata;
    let bySpace = this.known.get(pod.spec);
    if (bySpace === undefined) {
      bySpace = new Map();
      this.known.set(pod.spec, bySpace);
    }
    const key = `${namespace}#${this.generations.get(namespace) ?? 0}${keyedLabels(pod)}`;
    let admitted = bySpace.get(key);
    if (admitted === undefined) {
      admitted = this.work(pod, namespace);
      // what was missing may be there the next time
      if (admitted.refusal === null) {
        bySpace.set(key, admitted);
        if (admitted.spec !== pod.spec) this.known.set(admitted.spec, new Map([[key, admitted]]));
      }
    }
    return admitted;
  }

  defaults(): DefaultingContext {
    this.context ??= defaultingContext({
      priorityClasses: (this.caches.get("priorityClasses")?.list() ?? []) as never,
      storageClasses: (this.caches.get("storageClasses")?.list() ?? []) as never,
    });
    return this.context;
  }

  ranges(namespace: string): readonly LimitRange[] {
    const cache = this.caches.get("limitRanges");
    return cache === undefined || cache.size === 0 ? [] : (cache.inNamespace(namespace) as LimitRange[]);
  }

  private work(pod: Pod, namespace: string): Admitted {
    const ranges = this.ranges(namespace);
    let refusal: string | null = null;
    const named = pod.spec.serviceAccountName || "default";
    if (named !== "default" && cachedObject(this.caches, "serviceAccounts", `${namespace}/${named}`) === undefined)
      refusal = `error looking up service account ${namespace}/${named}: serviceaccount "${named}" not found`;
    const { priority: _given, ...asked } = pod.spec;
    let spec = defaultPodSpec(asked, pod.metadata.labels ?? {}, this.defaults(), () => {
      refusal ??= `no PriorityClass with name ${pod.spec.priorityClassName} was found`;
    });
    spec = withRangeDefaults({ ...spec, serviceAccountName: named }, ranges);
    return { spec, refusal, invalid: undefined };
  }

  private violation(pod: Pod): string | null {
    const { namespace = "default" } = pod.metadata;
    const wrong = rangeRefusal("pods", pod, this.ranges(namespace));
    if (wrong !== null) return wrong.message.slice(wrong.message.indexOf("is forbidden: ") + "is forbidden: ".length);
    return podSecurityViolation(pod.spec, this.levelOf(namespace));
  }

  private levelOf(namespace: string): SecurityLevel {
    const found = cachedObject(this.caches, "namespaces", namespace) as Namespace | undefined;
    const level = found?.metadata.labels?.[ENFORCE_LABEL];
    return level === "baseline" || level === "restricted" ? level : "privileged";
  }
}

// labels that end up in the spec, by matchLabelKeys
function keyedLabels({ spec, metadata }: Pod): string {
  let text = "";
  const add = (keys: readonly string[] | null | undefined) => {
    for (const key of keys ?? []) text += `\n${key}=${metadata.labels?.[key] ?? ""}`;
  };
  for (const constraint of spec.topologySpreadConstraints ?? []) add(constraint.matchLabelKeys);
  for (const affinity of [spec.affinity?.podAffinity, spec.affinity?.podAntiAffinity]) {
    for (const term of affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []) {
      add(term.matchLabelKeys);
      add(term.mismatchLabelKeys);
    }
    for (const { podAffinityTerm } of affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []) {
      add(podAffinityTerm.matchLabelKeys);
      add(podAffinityTerm.mismatchLabelKeys);
    }
  }
  return text;
}
