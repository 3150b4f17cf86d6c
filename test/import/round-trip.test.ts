// Round trips on objects of real clusters: import → load gives what was declared (every difference is one of those that docs/IMPORT.md names);
// pods stand where the dump has them; import → run → get -o yaml → import is a fixed point.
// test-timeout: 240s
import { existsSync, readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { answerGet, SERVED } from "../../sim/cli/get-answer.ts";
import { simulate } from "../../sim/cluster.ts";
import { objectsOf } from "../../sim/import/flatten.ts";
import type { Imported } from "../../sim/import/import-sources.ts";
import { isOver, madeAgain } from "../../sim/import/kubernetes/made-again.ts";
import { textReader } from "../../sim/metrics/table.ts";
import { parseDocuments } from "../../sim/model/documents.ts";
import { knownKind } from "../../sim/model/kinds.ts";
import type { KubernetesObject } from "../../sim/model/objects.ts";
import { fromShared } from "../shared.ts";
import { filesBelow, importFiles, importTexts, planOf, withFolder, write } from "./input.ts";

const OBJECTS = fromShared("data/16-cluster-objects/troubleshoot");
const MANIFESTS = fromShared("data/15-manifests");
const ifShared = existsSync(OBJECTS) ? test : test.skip;

type Fields = Readonly<Record<string, unknown>>;
const isMapping = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What an import takes away on purpose: the rules of docs/IMPORT.md, written down a second time. */
function declared(object: KubernetesObject): unknown {
  const { status, ...rest } = object as unknown as Fields & { readonly status?: Fields };
  const metadata = { ...(object.metadata as unknown as Record<string, unknown>) };
  for (const name of [
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "managedFields",
    "selfLink",
    "finalizers",
    "uid",
  ])
    delete metadata[name];
  const annotations = { ...(metadata["annotations"] as Record<string, string> | undefined) };
  delete annotations["kubectl.kubernetes.io/last-applied-configuration"];
  metadata["annotations"] = Object.keys(annotations).length === 0 ? undefined : annotations;
  if (object.kind === "Job") metadata["uid"] = object.metadata.uid;
  if (
    object.kind === "Pod" &&
    object.metadata.ownerReferences?.some(({ kind }) => kind === "StatefulSet" || kind === "DaemonSet")
  ) {
    const { "controller-revision-hash": _, "pod-template-generation": __, ...labels } = object.metadata.labels ?? {};
    metadata["labels"] = labels;
  }
  delete metadata["ownerReferences"];
  if (object.kind === "Secret")
    for (const field of ["data", "stringData"]) delete (rest as Record<string, unknown>)[field];
  const kept =
    object.kind === "Node"
      ? { allocatable: status?.["allocatable"], capacity: status?.["capacity"], images: status?.["images"] }
      : undefined;
  return plain({ ...rest, metadata, status: kept });
}

// without null times in templates, and without what is undefined or empty
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (!isMapping(value)) return value;
  const entries = Object.entries(value)
    .filter(([key, field]) => field !== undefined && !(key === "creationTimestamp" && field === null))
    .map(([key, field]) => [key, plain(field)] as const)
    .filter(
      ([key, field]) =>
        !(["annotations", "metadata"].includes(key) && isMapping(field) && Object.keys(field).length === 0),
    );
  return Object.fromEntries(entries);
}

const keyOf = ({ kind, metadata }: KubernetesObject) => `${kind} ${metadata.namespace ?? ""}/${metadata.name}`;

function given(paths: readonly string[]): ReadonlyMap<string, KubernetesObject> {
  const found = new Map<string, KubernetesObject>();
  for (const path of paths)
    for (const { value } of objectsOf(parseDocuments(readFileSync(path, "utf8"), path).documents)) {
      const object = value as KubernetesObject;
      if (knownKind(object.apiVersion ?? "", object.kind ?? "") === undefined) continue;
      if (madeAgain(object as never) !== null || isOver(object as never) !== null) continue;
      found.set(keyOf(object), object);
    }
  return found;
}

function written(imported: Imported): ReadonlyMap<string, KubernetesObject> {
  assert.equal(imported.problems, []);
  const found = new Map<string, KubernetesObject>();
  for (const { name, text } of imported.files.slice(1))
    for (const { value } of objectsOf(parseDocuments(text, name).documents))
      found.set(keyOf(value as KubernetesObject), value as KubernetesObject);
  return found;
}

for (const [title, folder] of [
  ["troubleshoot", OBJECTS],
  ["online-boutique", `${MANIFESTS}/online-boutique`],
  ["bookinfo", `${MANIFESTS}/bookinfo`],
  ["hotel-reservation", `${MANIFESTS}/hotel-reservation`],
] as const)
  ifShared(`${title}: every object comes back as it was declared, and nothing but what is assumed is added`, () => {
    const paths = filesBelow(folder);
    const imported = importFiles(paths);
    const [before, after] = [given(paths), written(imported)];
    assert.ok(before.size > 5);
    for (const [key, object] of before) {
      const back = after.get(key);
      assert.ok(back !== undefined, `${key} is missing`);
      assert.equal(declared(back), declared(object), key);
      // what an owner of the input owns is still owned
      const isOwner = ({ kind, name }: { readonly kind: string; readonly name: string }) =>
        [...before.keys()].some((other) => other.startsWith(`${kind} `) && other.endsWith(`/${name}`));
      const names = (owners: readonly { readonly kind: string; readonly name: string }[] | null | undefined) =>
        (owners ?? []).filter(isOwner).map(({ name }) => name);
      assert.equal(names(back.metadata.ownerReferences), names(object.metadata.ownerReferences), key);
    }
    const added = [...after.keys()].filter((key) => !before.has(key)).length;
    const assumed = imported.remarks
      .list("assumed")
      .filter(({ what }) => /not have|not in the input/.test(what)).length;
    assert.ok(added === 0 || assumed > 0, `${added} objects are added without a word`);
  });

ifShared("pods are where the dump has them, at the start and after ten minutes", () => {
  const imported = importFiles(filesBelow(OBJECTS));
  const plan = planOf(imported);
  const places = new Map(
    [...given(filesBelow(OBJECTS)).values()]
      .filter(({ kind }) => kind === "Pod")
      .map((pod) => [pod.metadata.name, (pod as never as { spec: { nodeName?: string } }).spec.nodeName]),
  );
  assert.is(places.size, 4);
  for (const { metadata, spec } of plan.objects.pods)
    if (places.has(metadata.name)) assert.is(spec.nodeName, places.get(metadata.name));
  const { tables } = simulate(plan);
  const { pods } = tables;
  const [nameOf, nodeOf] = [textReader(pods, "name"), textReader(pods, "node")];
  let seen = 0;
  for (let row = 0; row < pods.rows; row++) {
    const name = nameOf(row);
    if (!places.has(name)) continue;
    seen++;
    assert.is(nodeOf(row), places.get(name));
  }
  assert.is(seen, 4);
});

async function asShown(scenario: string): Promise<string> {
  const asked = {
    words: [SERVED.join(","), scenario],
    allNamespaces: true,
    output: "yaml",
    at: "0s",
    headers: true,
    showLabels: false,
  };
  return (await answerGet(asked as never)).out;
}

for (const [title, folder] of [
  ["troubleshoot", OBJECTS],
  ["online-boutique", `${MANIFESTS}/online-boutique`],
] as const)
  ifShared(`${title}: what a run shows, imported, is the same from the second time on`, async () => {
    await withFolder(async (at) => {
      let imported = importFiles(filesBelow(folder));
      const rounds: Imported[] = [];
      for (let round = 0; round < 3; round++) {
        imported = importTexts({ "again.yaml": await asShown(write(imported, `${at}/${round}`)) });
        assert.equal(imported.problems, []);
        rounds.push(imported);
      }
      for (const [i, { name, text }] of rounds[1]!.files.entries())
        if (i > 0) assert.is(rounds[2]!.files[i]?.text, text, name);
      assert.equal(
        rounds[2]!.remarks.list("leftOut").map(({ what }) => what),
        [],
      );
    });
  });

test.run();
