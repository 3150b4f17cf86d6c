// One call of kubectl while it runs: its connection, what it prints, and what went wrong. Gives up where kubectl gives up: an answer that is
// an error ends what it was about, and the exit code says so.
import {
  ApiError,
  type ApiKind,
  type ApiObject,
  type Client,
  type DeleteOptions,
  type Patch,
  type Selector,
} from "../apiserver/client.ts";
import type { Engine } from "../engine/engine.ts";
import type { Lifetime } from "../engine/lifetime.ts";
import { ask, type Steps } from "../engine/steps.ts";
import { kindOfList } from "../model/kinds.ts";
import type { KubernetesObject, LabelSelector } from "../model/objects.ts";
import type { ObjectName } from "../model/resource-names.ts";
import { compileLabelSelector } from "../model/selectors.ts";

export interface CommandOptions {
  readonly engine: Engine;
  readonly life: Lifetime;
  readonly client: Client;
  /** Told of every line that kubectl would print. */
  readonly print: (line: string, isError: boolean) => void;
}

export class Command {
  readonly engine: Engine;
  readonly client: Client;
  private readonly life: Lifetime;
  private readonly options: CommandOptions;
  /** The first error; "" as long as all goes well. */
  failure = "";

  constructor(options: CommandOptions) {
    this.options = options;
    this.engine = options.engine;
    this.life = options.life;
    this.client = options.client;
  }

  print(line: string): void {
    this.options.print(line, false);
  }

  /** Something went wrong: the exit code will not be 0. */
  fail(line: string): void {
    if (this.failure === "") this.failure = line;
    this.options.print(line, true);
  }

  /** What kubectl prints of a refusal. */
  refused(error: ApiError): void {
    this.fail(errorText(error));
  }

  *wait(micros: number): Steps {
    yield* ask<undefined>((done) => {
      this.life.after(Math.max(1, Math.round(micros)), () => done(undefined));
    });
  }

  *get<K extends ApiKind>(list: K, key: string): Steps<ApiObject<K> | ApiError> {
    return yield* ask<ApiObject<K> | ApiError>((done) => this.client.get(list, key, done));
  }

  *list<K extends ApiKind>(
    list: K,
    selector: Selector,
    labels?: LabelSelector,
  ): Steps<readonly ApiObject<K>[] | ApiError> {
    const found = yield* ask<readonly ApiObject<K>[] | ApiError>((done) => this.client.list(list, selector, done));
    if (found instanceof ApiError || labels === undefined) return found;
    const matcher = compileLabelSelector(labels);
    return found.filter(({ metadata }) => matcher.matches(metadata.labels ?? {}));
  }

  *create<K extends ApiKind>(list: K, object: ApiObject<K>): Steps<ApiObject<K> | ApiError> {
    return yield* ask<ApiObject<K> | ApiError>((done) => this.client.create(list, object, done));
  }

  *patch<K extends ApiKind>(list: K, key: string, patch: Patch<K>): Steps<ApiObject<K> | ApiError> {
    return yield* ask<ApiObject<K> | ApiError>((done) => this.client.patch(list, key, patch, done));
  }

  *patchStatus<K extends ApiKind>(list: K, key: string, patch: Patch<K>): Steps<ApiObject<K> | ApiError> {
    return yield* ask<ApiObject<K> | ApiError>((done) => this.client.patchStatus(list, key, patch, done));
  }

  *delete(list: ApiKind, key: string, options: DeleteOptions): Steps<ApiError | null> {
    return yield* ask<ApiError | null>((done) => this.client.delete(list, key, options, done));
  }

  *evict(key: string, options: DeleteOptions): Steps<ApiError | null> {
    return yield* ask<ApiError | null>((done) => this.client.evict(key, options, done));
  }

  /** Names of the objects of a kind that have these labels. */
  *select(
    list: ApiKind,
    namespace: string | undefined,
    labels: LabelSelector | undefined,
  ): Steps<readonly ObjectName[]> {
    const selector = kindOfList(list).namespaced ? { namespace: namespace ?? "default" } : {};
    const found = yield* this.list(list, selector, labels);
    if (found instanceof ApiError) {
      this.refused(found);
      return [];
    }
    if (found.length === 0) this.print("No resources found");
    return found.map((object) => ({ list, key: keyOfObject(list, object) }));
  }
}

export function keyOfObject(list: ApiKind, { metadata }: KubernetesObject): string {
  return kindOfList(list).namespaced ? `${metadata.namespace ?? "default"}/${metadata.name}` : metadata.name;
}

/** `deployment.apps/web`: how kubectl names an object that it has changed. */
export function resourceText({ list, key }: ObjectName): string {
  const { groups, kind } = kindOfList(list);
  const group = groups[0] === "" || groups[0] === undefined ? "" : `.${groups[0]}`;
  return `${kind.toLowerCase()}${group}/${nameIn(key)}`;
}

/** The name in a key. */
export function nameIn(key: string): string {
  return key.slice(key.indexOf("/") + 1);
}

export function errorText({ code, message, reason }: ApiError): string {
  if (code === 0) return "The connection to the server was refused or lost - did you specify the right host or port?";
  if (reason === "Unknown" || reason === "Invalid") return `Error from server: ${message}`;
  return `Error from server (${reason}): ${message}`;
}
