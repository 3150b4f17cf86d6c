// The objects that a script creates, from the manifests of a recording. Of many objects that are alike only one is written down.
import type { ApiKind, ApiObject } from "../../../sim/apiserver/client.ts";
import { KNOWN_KINDS } from "../../../sim/model/kinds.ts";
import { parseManifests } from "../../../sim/model/manifests.ts";
import type { KubernetesObject } from "../../../sim/model/objects.ts";

const RECORDED_PREFIX = "hollow.example/";
/** The recorded nodes did not know this word, whatever their README says: such pods were ready at once. */
const NEVER_READY = / *hollow\.example\/ready: never\n/g;
const OWN_PREFIX = "kubedrill.io/";

export class Templates {
  private readonly texts: Readonly<Record<string, string>>;

  constructor(manifests: Readonly<Record<string, string>>) {
    this.texts = manifests;
  }

  object(kind: string, name: string, namespace: string): ApiObject {
    if (kind === "ConfigMap") return { metadata: { name, namespace }, data: { value: "x".repeat(64) } } as ApiObject;
    const own = this.texts[`${kind}/${name}`];
    const [key, like] = Object.entries(this.texts).find(([each]) => each.startsWith(`${kind}/`)) ?? [];
    const text = own ?? (like ?? "").replaceAll((key ?? "").slice(kind.length + 1), name);
    const { objects, problems } = parseManifests([
      { name: `${kind}/${name}`, text: text.replace(NEVER_READY, "").replaceAll(RECORDED_PREFIX, OWN_PREFIX) },
    ]);
    const list = listOf(kind);
    const object = objects[list][0];
    if (object === undefined || problems.length > 0)
      throw new Error(`${kind}/${name}: ${problems.map(({ expected }) => expected).join("; ") || "no manifest"}`);
    const { metadata } = object as KubernetesObject;
    return { ...object, metadata: { ...metadata, namespace } } as ApiObject;
  }
}

export function listOf(kind: string): ApiKind {
  const known = KNOWN_KINDS.find((each) => each.kind === kind);
  if (known === undefined) throw new Error(`no kind ${kind}`);
  return known.list;
}
