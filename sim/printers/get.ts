// What `kubectl get` prints of a cluster's objects. Objects come as the API server lists them: sorted by namespace and name.
// A pure function of (objects, request): reads no clock and no file.

import type { KubernetesObject } from "../model/objects.ts";
import { completed, withUuids } from "./complete.ts";
import { naturalOrder } from "./natural-order.ts";
import { jsonPathText, valuesOf } from "./paths.ts";
import { labelText, NONE, type PrintMoment } from "./printer.ts";
import { printerOf } from "./registry.ts";
import {
  apiVersionOf,
  type ListName,
  qualifiedPlural,
  qualifiedSingular,
  type ResourceName,
} from "./resource-names.ts";
import type { ObjectFilter } from "./selection.ts";
import { alignColumns } from "./tab-writer.ts";
import { toJson, toYaml } from "./yaml.ts";

/** Lists what a cluster holds at the moment. */
export type ListObjects = (list: ListName) => readonly KubernetesObject[];

export interface GetRequest {
  readonly resources: readonly ResourceName[];
  /** Empty = all. With names there is one resource, or one per name (`pod/a svc/b`). */
  readonly names: readonly string[];
  /** null = all namespaces. */
  readonly namespace: string | null;
  readonly filters: readonly ObjectFilter[];
  /** "" for the table, wide, yaml, json, name, or jsonpath=… */
  readonly output: string;
  readonly sortBy: string;
  readonly noHeaders: boolean;
  readonly showLabels: boolean;
  /** Names of kinds before the names of objects, as with several kinds. */
  readonly withKind: boolean;
}

export interface GetAnswer {
  readonly out: string;
  /** For stderr. */
  readonly err: string;
  readonly isOk: boolean;
}

interface Group {
  readonly resource: ResourceName;
  readonly objects: readonly KubernetesObject[];
}

export function getObjects(list: ListObjects, request: GetRequest, moment: PrintMoment): GetAnswer {
  const groups: Group[] = [];
  const errors: string[] = [];
  for (const resource of request.resources) {
    const all = select(list, resource, request);
    if (request.names.length === 0) {
      groups.push({ resource, objects: sorted(all, request.sortBy) });
      continue;
    }
    const found = request.names.map((name) => all.find((object) => object.metadata.name === name));
    for (const [i, object] of found.entries())
      if (object === undefined) errors.push(notFound(resource, request.names[i]!));
    groups.push({ resource, objects: found.filter((object) => object !== undefined) });
  }
  const count = groups.reduce((sum, { objects }) => sum + objects.length, 0);
  const isTable = request.output === "" || request.output === "wide";
  if (count === 0 && (isTable || request.output === "name")) {
    if (errors.length === 0) errors.push(nothing(request));
    return { out: "", err: lines(errors), isOk: request.names.length === 0 };
  }
  if (count === 0 && errors.length > 0) return { out: "", err: lines(errors), isOk: false };
  const out = isTable ? tables(groups, request, moment) : structured(groups, request);
  return { out, err: lines(errors), isOk: errors.length === 0 };
}

/** `Error from server (NotFound): deployments.apps "web" not found` */
export function notFound(resource: ResourceName, name: string): string {
  return `Error from server (NotFound): ${qualifiedPlural(resource)} "${name}" not found`;
}

/** Those of the namespace that the filters let through, by namespace and name. */
export function select(
  list: ListObjects,
  resource: ResourceName,
  { namespace, filters }: Pick<GetRequest, "namespace" | "filters">,
): KubernetesObject[] {
  const isHere = (object: KubernetesObject) =>
    namespace === null || !resource.namespaced || (object.metadata.namespace ?? "default") === namespace;
  const found = list(resource.list).filter((object) => isHere(object) && filters.every((filter) => filter(object)));
  // as etcd's keys are sorted
  const key = ({ metadata }: KubernetesObject) => `${metadata.namespace ?? ""}/${metadata.name}`;
  return found.sort((a, b) => order(key(a), key(b)));
}

function order(a: string, b: string): number {
  if (a < b) return -1;
  return a > b ? 1 : 0;
}

function sorted(objects: readonly KubernetesObject[], sortBy: string): readonly KubernetesObject[] {
  if (sortBy === "") return objects;
  const of = (object: KubernetesObject) => {
    const [value] = valuesOf(sortBy, object);
    return typeof value === "number" ? value : String(value ?? "");
  };
  return [...objects].sort((a, b) => naturalOrder(of(a), of(b)));
}

function nothing({ namespace, resources }: GetRequest): string {
  const isScoped = resources.some((resource) => resource.namespaced);
  return namespace === null || !isScoped ? "No resources found" : `No resources found in ${namespace} namespace.`;
}

function tables(groups: readonly Group[], request: GetRequest, moment: PrintMoment): string {
  const shown = groups.filter(({ objects }) => objects.length > 0);
  return shown.map((group) => table(group, request, moment)).join("\n");
}

function table({ resource, objects }: Group, request: GetRequest, moment: PrintMoment): string {
  const printer = printerOf(resource.list);
  const all = [...printer.columns, ...printer.wide];
  const isWide = request.output === "wide";
  const columns = isWide ? (printer.wideOrder ?? all) : printer.columns;
  const picked = columns.map((column) => all.indexOf(column));
  const withNamespace = request.namespace === null && resource.namespaced;
  const prefix = request.withKind ? `${qualifiedSingular(resource)}/` : "";
  const rows: string[][] = request.noHeaders
    ? []
    : [[...(withNamespace ? ["NAMESPACE"] : []), ...columns, ...(request.showLabels ? ["LABELS"] : [])]];
  const nameAt = all.indexOf("NAME");
  for (const object of objects) {
    const cells = printer.cells(object, { ...moment, isWide });
    const row = picked.map((at) => (at === nameAt ? prefix + cells[at]! : cells[at]!));
    if (withNamespace) row.unshift(object.metadata.namespace ?? "default");
    if (request.showLabels) row.push(object.metadata.labels === undefined ? NONE : labelText(object.metadata.labels));
    rows.push(row);
  }
  return alignColumns(rows);
}

function structured(groups: readonly Group[], request: GetRequest): string {
  if (request.output === "name") {
    return lines(
      groups.flatMap(({ resource, objects }) =>
        objects.map((object) => `${qualifiedSingular(resource)}/${object.metadata.name}`),
      ),
    );
  }
  const items = groups.flatMap(({ resource, objects }) =>
    objects.map((object) => withUuids(completed(asServed(resource, object)))),
  );
  const isOne = request.names.length === 1 && items.length === 1;
  const value = isOne ? items[0] : { apiVersion: "v1", items, kind: "List", metadata: { resourceVersion: "" } };
  if (request.output === "yaml") return toYaml(value);
  if (request.output === "json") return toJson(value);
  return jsonPathText(request.output.slice("jsonpath=".length), value);
}

/** With the apiVersion and kind that lists of objects need not carry. */
export function asServed(resource: ResourceName, object: KubernetesObject): KubernetesObject {
  return { ...object, apiVersion: object.apiVersion ?? apiVersionOf(resource), kind: object.kind ?? resource.kind };
}

function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join("");
}
