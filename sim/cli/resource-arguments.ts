// What stands behind `get` and `describe`: kinds, then names, then files. Whatever exists on the disk or looks like a file is one.
import { existsSync, statSync } from "node:fs";
import { nearest } from "../model/problem.ts";
import { ALL, type ListName, type ResourceName, ResourceNames, resourceName } from "../printers/resource-names.ts";
import { InputError } from "./failure.ts";

export interface ResourceArguments {
  /** With names as `kind/name`: one per name, else those of the first word. */
  readonly resources: readonly ResourceName[];
  readonly names: readonly string[];
  readonly files: readonly string[];
  /** Pairs of resource and name, when names were given as kind/name. */
  readonly pairs: readonly (readonly [resource: ResourceName, name: string])[];
  /** Several kinds, or `all`. */
  readonly isSeveral: boolean;
}

/** @throws InputError when there is no such kind, or no file */
export function readResourceArguments(words: readonly string[], lists: readonly ListName[]): ResourceArguments {
  const names = new ResourceNames(lists);
  const [first = "", ...rest] = words;
  if (/^[A-Za-z][\w.-]*\/[^/]+$/.test(first) && !isFile(first) && names.find(first.split("/")[0]!) !== undefined)
    return pairsOf(words, names);
  const resources = first.split(",").flatMap((word) => (word === "all" ? ALL.map(resourceName) : [find(word, names)]));
  const firstFile = rest.findIndex((word, i) => isFile(word) && !isName(word, rest.slice(i + 1)));
  const end = firstFile < 0 ? rest.length : firstFile;
  const files = rest.slice(end);
  if (files.length === 0) throw missing(rest);
  if (end > 0 && resources.length > 1)
    throw new InputError("you may only specify a single resource type when names are given");
  return { resources, names: rest.slice(0, end), files, pairs: [], isSeveral: resources.length > 1 };
}

function pairsOf(words: readonly string[], names: ResourceNames): ResourceArguments {
  const pairs: (readonly [ResourceName, string])[] = [];
  let at = 0;
  for (; at < words.length && !isFile(words[at]!); at++) {
    const [kind = "", name] = words[at]!.split("/");
    if (name === undefined)
      throw new InputError(
        "there is no need to specify a resource type as a separate argument when passing arguments in resource/name form",
      );
    pairs.push([find(kind, names), name]);
  }
  const files = words.slice(at);
  if (files.length === 0) throw missing([]);
  const resources = pairs.map(([resource]) => resource);
  return { resources, names: pairs.map(([, name]) => name), files, pairs, isSeveral: new Set(resources).size > 1 };
}

function find(word: string, names: ResourceNames): ResourceName {
  const found = names.find(word);
  if (found !== undefined) return found;
  const near = nearest(word.toLowerCase(), names.words);
  const hint = near === undefined ? "" : `; did you mean ${near}?`;
  throw new InputError(`the server doesn't have a resource type "${word}"${hint}`);
}

function missing(rest: readonly string[]): InputError {
  const which = rest.length === 0 ? "" : ` (${rest.join(" ")} is no file that is there)`;
  return new InputError(`what to run is missing: a scenario, or manifests: files, folders, patterns${which}`);
}

/** A folder may happen to be called as the object is: it is not meant when files follow. */
function isName(word: string, behind: readonly string[]): boolean {
  const isPlain = /^[a-z0-9-]+$/.test(word);
  return isPlain && behind.some(isFile) && statSync(word, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** A name of an object has no such endings, and nothing on the disk. */
function isFile(word: string): boolean {
  return /\.(ya?ml|json|jsonl)(\.gz)?$/i.test(word) || /[*?{]/.test(word) || existsSync(word);
}
