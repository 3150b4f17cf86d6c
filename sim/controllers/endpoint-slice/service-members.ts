// Which pods each Service selects, kept current pod by pod: a pod's change looks only at Services that ask for one of its labels.
import type { Labels, Pod } from "../../model/objects.ts";

interface Members {
  readonly namespace: string;
  readonly selector: Labels;
  /** `namespace key=value` of one requirement: where the Service is found by a pod's labels. */
  readonly handle: string;
  readonly pods: Map<string, Pod>;
}

const NONE: readonly string[] = [];

export class ServiceMembers {
  private readonly podsOfNamespace: (namespace: string) => readonly Pod[];
  private readonly services = new Map<string, Members>();
  private readonly byHandle = new Map<string, string[]>();
  // Services by pod
  private readonly servicesOf = new Map<string, readonly string[]>();

  /** @param podsOfNamespace all known pods of a namespace, for Services that are new */
  constructor(podsOfNamespace: (namespace: string) => readonly Pod[]) {
    this.podsOfNamespace = podsOfNamespace;
  }

  /** @param selector null: it selects nothing by labels */
  setService(key: string, namespace: string, selector: Labels | null): void {
    const known = this.services.get(key);
    if (known !== undefined && selector !== null && sameLabels(known.selector, selector)) return;
    this.remove(key);
    if (selector === null) return;
    const [name] = Object.keys(selector).sort();
    const handle = `${namespace} ${name}=${selector[name!]}`;
    const members: Members = { namespace, selector, handle, pods: new Map() };
    for (const pod of this.podsOfNamespace(namespace)) {
      if (!isSelected(selector, pod)) continue;
      const podKey = `${namespace}/${pod.metadata.name}`;
      members.pods.set(podKey, pod);
      this.servicesOf.set(podKey, [...this.former(podKey), key]);
    }
    this.services.set(key, members);
    const list = this.byHandle.get(handle);
    if (list === undefined) this.byHandle.set(handle, [key]);
    else list.push(key);
  }

  remove(key: string): void {
    const members = this.services.get(key);
    if (members === undefined) return;
    this.services.delete(key);
    for (const podKey of members.pods.keys()) {
      const others = this.former(podKey).filter((other) => other !== key);
      if (others.length > 0) this.servicesOf.set(podKey, others);
      else this.servicesOf.delete(podKey);
    }
    const list = (this.byHandle.get(members.handle) ?? []).filter((other) => other !== key);
    if (list.length === 0) this.byHandle.delete(members.handle);
    else this.byHandle.set(members.handle, list);
  }

  /** Takes over a pod's new state; the Services that it belonged to or belongs to. */
  put(pod: Pod, key: string): readonly string[] {
    const candidates = this.candidates(pod);
    let concerned = this.former(key);
    for (const service of candidates) {
      const members = this.services.get(service)!;
      if (!isSelected(members.selector, pod)) {
        members.pods.delete(key);
        continue;
      }
      members.pods.set(key, pod);
      if (!concerned.includes(service)) concerned = [...concerned, service];
    }
    this.remember(key, candidates, pod);
    return concerned;
  }

  /** The pod is gone; the Services that it belonged to. */
  drop(key: string): readonly string[] {
    const concerned = this.former(key);
    for (const service of concerned) this.services.get(service)?.pods.delete(key);
    this.servicesOf.delete(key);
    return concerned;
  }

  /** In order of first sight. */
  podsOf(key: string): Iterable<Pod> {
    return this.services.get(key)?.pods.values() ?? [];
  }

  private former(key: string): readonly string[] {
    return this.servicesOf.get(key) ?? NONE;
  }

  private remember(key: string, candidates: readonly string[], pod: Pod): void {
    const now = candidates.filter((service) => this.services.get(service)?.pods.get(key) === pod);
    for (const service of this.former(key)) {
      if (!now.includes(service)) this.services.get(service)?.pods.delete(key);
    }
    if (now.length > 0) this.servicesOf.set(key, now);
    else this.servicesOf.delete(key);
  }

  private candidates(pod: Pod): readonly string[] {
    const { labels, namespace = "default" } = pod.metadata;
    if (labels === undefined) return NONE;
    let found: readonly string[] = NONE;
    for (const name of Object.keys(labels)) {
      const list = this.byHandle.get(`${namespace} ${name}=${labels[name]}`);
      if (list !== undefined) found = found.length === 0 ? list : [...found, ...list];
    }
    return found;
  }
}

function isSelected(selector: Labels, pod: Pod): boolean {
  const { labels } = pod.metadata;
  for (const name of Object.keys(selector)) if (labels?.[name] !== selector[name]) return false;
  return true;
}

function sameLabels(a: Labels, b: Labels): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}
