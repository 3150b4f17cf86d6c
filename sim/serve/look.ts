// What kubectl would show of a cluster at a moment: `get KIND [NAME]` and `describe KIND [NAME]`, in all namespaces unless one is named.
import type { ClusterState } from "../cluster.ts";
import { type ClusterObjects, noObjects } from "../model/objects.ts";
import { nearest } from "../model/problem.ts";
import { describeObjects } from "../printers/describe/describe.ts";
import { getObjects } from "../printers/get.ts";
import { ALL, type ResourceName, ResourceNames, resourceName } from "../printers/resource-names.ts";
import type { LookAnswer } from "./protocol.ts";

const SERVED = Object.keys(noObjects()) as (keyof ClusterObjects)[];
const MAX_CHARACTERS = 2_000_000;

/**
 * @param words as behind kubectl: get or describe, kinds, a name, -n NAMESPACE, -o wide|yaml|json|name
 * @throws Error for words that kubectl would not take either
 */
export function look(state: ClusterState, words: readonly string[]): LookAnswer {
  const { kinds, name, namespace, output, verb } = readWords(words);
  const list = (kind: keyof ClusterObjects) => state.list(kind);
  const { nowMicros } = state;
  const names = name === undefined ? [] : [name];
  const request = { resources: kinds, names, namespace, filters: [] };
  const answer =
    verb === "describe"
      ? describeObjects(request, { list, nowMicros })
      : getObjects(
          list,
          { ...request, output, sortBy: "", noHeaders: false, showLabels: false, withKind: kinds.length > 1 },
          { nowMicros },
        );
  const isLong = answer.out.length > MAX_CHARACTERS;
  const out = isLong
    ? `${answer.out.slice(0, MAX_CHARACTERS)}\n… and more: kubedrill ${verb} shows all of it\n`
    : answer.out;
  return { nowMicros, out, err: answer.err };
}

interface Asked {
  readonly verb: "get" | "describe";
  readonly kinds: readonly ResourceName[];
  readonly name: string | undefined;
  /** null = all */
  readonly namespace: string | null;
  readonly output: string;
}

const OUTPUTS = ["", "wide", "yaml", "json", "name"];

function readWords(words: readonly string[]): Asked {
  const plain: string[] = [];
  let [namespace, output]: [string | null, string] = [null, ""];
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (word === "-n" || word === "--namespace") namespace = words[++i] ?? "";
    else if (word === "-o" || word === "--output") output = words[++i] ?? "";
    else if (word.startsWith("-o") && word.length > 2) output = word.slice(2).replace(/^=/, "");
    else if (word === "-A" || word === "--all-namespaces") namespace = null;
    else if (word.startsWith("-")) throw new Error(`unknown option ${word}: -n NAMESPACE, -A and -o are read`);
    else plain.push(word);
  }
  if (plain[0] === "kubectl" || plain[0] === "kubedrill") plain.shift();
  const [verb, kindWord = "", name, ...more] = plain;
  if (verb !== "get" && verb !== "describe") throw new Error("expected get or describe, a kind, and perhaps a name");
  if (kindWord === "") throw new Error("expected a kind, such as pods or nodes");
  if (more.length > 0) throw new Error("expected one name at most");
  if (!OUTPUTS.includes(output)) throw new Error("-o: expected wide, yaml, json or name");
  const [kind = "", slashed] = kindWord.split("/");
  const found = new ResourceNames(SERVED);
  const kinds = kind.split(",").flatMap((word) => (word === "all" ? ALL.map(resourceName) : [find(word, found)]));
  return { verb, kinds, name: slashed ?? name, namespace, output };
}

function find(word: string, names: ResourceNames): ResourceName {
  const found = names.find(word);
  if (found !== undefined) return found;
  const near = nearest(word.toLowerCase(), names.words);
  throw new Error(
    `the server doesn't have a resource type "${word}"${near === undefined ? "" : `; did you mean ${near}?`}`,
  );
}
