// The answers of `kubedrill get` and `describe`: run the scenario up to the moment and print what the API server stores then.
import type { ClusterState } from "../cluster.ts";
import { type ClusterObjects, noObjects } from "../model/objects.ts";
import { describeObjects } from "../printers/describe/describe.ts";
import { type GetAnswer, getObjects } from "../printers/get.ts";
import { PathError } from "../printers/paths.ts";
import { fieldFilter, labelFilter, type ObjectFilter, SelectorError } from "../printers/selection.ts";
import { InputError } from "./failure.ts";
import type { DescribeOptions, GetOptions } from "./look-options.ts";
import { clusterAt, onePlan } from "./moment.ts";
import { readResourceArguments } from "./resource-arguments.ts";

const OUTPUTS = ["", "wide", "yaml", "json", "name"];

/** All kinds that the API server serves. */
export const SERVED = Object.keys(noObjects()) as (keyof ClusterObjects)[];

/** @throws InputError for bad input; objects that are not there are part of the answer */
export async function answerGet(options: GetOptions): Promise<GetAnswer> {
  const { output = "", words } = options;
  if (!OUTPUTS.includes(output) && !output.startsWith("jsonpath="))
    throw new InputError(
      `unable to match a printer suitable for the output format "${output}", allowed formats are: json,name,yaml,wide,jsonpath=…`,
    );
  const asked = readResourceArguments(words, SERVED);
  if (asked.names.length > 0 && options.allNamespaces && asked.resources.some(({ namespaced }) => namespaced))
    throw new InputError("a resource cannot be retrieved by name across all namespaces");
  const filters = filtersOf(options);
  const state = await clusterAt(onePlan({ ...options, files: asked.files }), options.at, options.seed);
  const request = {
    namespace: options.allNamespaces ? null : (options.namespace ?? "default"),
    filters,
    output,
    sortBy: options.sortBy ?? "",
    noHeaders: !options.headers,
    showLabels: options.showLabels,
    withKind: asked.isSeveral,
  };
  try {
    if (asked.pairs.length === 0) return print(state, { ...request, resources: asked.resources, names: asked.names });
    const answers = asked.pairs.map(([resource, name]) =>
      print(state, { ...request, resources: [resource], names: [name] }),
    );
    return {
      out: answers
        .map(({ out }) => out)
        .filter((out) => out !== "")
        .join(output === "yaml" ? "---\n" : asked.isSeveral && output === "" ? "\n" : ""),
      err: answers.map(({ err }) => err).join(""),
      isOk: answers.every(({ isOk }) => isOk),
    };
  } catch (error) {
    throw error instanceof PathError ? new InputError(error.message) : error;
  }
}

/** @throws InputError for bad input; objects that are not there are part of the answer */
export async function answerDescribe(options: DescribeOptions): Promise<GetAnswer> {
  const asked = readResourceArguments(options.words, SERVED);
  const filters = filtersOf(options);
  const state = await clusterAt(onePlan({ ...options, files: asked.files }), options.at, options.seed);
  const scene = { list: (list: keyof ClusterObjects) => state.list(list), nowMicros: state.nowMicros };
  const request = { namespace: options.allNamespaces ? null : (options.namespace ?? "default"), filters };
  if (asked.pairs.length === 0)
    return describeObjects({ ...request, resources: asked.resources, names: asked.names }, scene);
  const answers = asked.pairs.map(([resource, name]) =>
    describeObjects({ ...request, resources: [resource], names: [name] }, scene),
  );
  return {
    out: answers
      .map(({ out }) => out)
      .filter((out) => out !== "")
      .join("\n\n"),
    err: answers.map(({ err }) => err).join(""),
    isOk: answers.every(({ isOk }) => isOk),
  };
}

function print(state: ClusterState, request: Parameters<typeof getObjects>[1]): GetAnswer {
  return getObjects((list) => state.list(list), request, { nowMicros: state.nowMicros });
}

function filtersOf({
  selector,
  fieldSelector,
}: {
  readonly selector?: string;
  readonly fieldSelector?: string;
}): ObjectFilter[] {
  try {
    return [
      ...(selector === undefined ? [] : [labelFilter(selector)]),
      ...(fieldSelector === undefined ? [] : [fieldFilter(fieldSelector)]),
    ];
  } catch (error) {
    throw error instanceof SelectorError ? new InputError(error.message) : error;
  }
}
