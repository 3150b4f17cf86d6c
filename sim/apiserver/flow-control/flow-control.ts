// API priority and fairness of one server: every request belongs to a flow of some priority level and takes seats of it; without room it
// waits its turn, at most a quarter of the request time-out, or is refused with 429. Levels lend each other what they do not need.
// Source: behaviour of API priority and fairness, 1.36 (--max-requests-inflight 400 and --max-mutating-requests-inflight 200 as seats).
import type { Engine } from "../../engine/engine.ts";
import type { Tick } from "../../engine/tick.ts";
import type { FlowSchema, PriorityLevelConfiguration } from "../../model/objects.ts";
import { ApiError, type ApiKind, type ApiObject } from "../client.ts";
import type { Request } from "../exchange.ts";
import { DEFAULT_LEVELS, DEFAULT_SCHEMAS } from "./defaults.ts";
import { distinguisherOf, inOrder, matches } from "./flow-schema.ts";
import { PriorityLevel } from "./priority-level.ts";

export interface FlowControlOptions {
  readonly engine: Engine;
  /** The scenario's own objects. */
  readonly objects: (kind: "flowSchemas" | "priorityLevelConfigurations") => readonly ApiObject[];
  /** How many objects of a kind a list has to look at. */
  readonly sizeOf: (kind: ApiKind) => number;
  /** It is its turn. */
  readonly execute: (request: Request) => void;
  readonly refuse: (request: Request, error: ApiError) => void;
}

const TOTAL_SEATS = 600;
const WAIT_MICROS = 15_000_000;
const ADJUST_MICROS = 10_000_000;
const OBJECTS_PER_SEAT = 100;
const MAX_LIST_SEATS = 10;
/** How much of an old peak of demand is left after a period. */
const SMOOTHING = 0.977;

const TOO_MANY = new ApiError("TooManyRequests", "Too many requests, please try again later.", 1);

export class FlowControl {
  private readonly options: FlowControlOptions;
  private levels: PriorityLevel[] = [];
  private schemas: { readonly schema: FlowSchema; readonly level: number }[] = [];
  private hasOwnSchemas = false;
  private smoothed: number[] = [];
  private nextAdjustMicros = ADJUST_MICROS;

  constructor(options: FlowControlOptions) {
    this.options = options;
    this.configure();
  }

  /** Levels by name, for whoever looks from outside. */
  get priorityLevels(): readonly PriorityLevel[] {
    return this.levels;
  }

  /** The scenario's objects have changed: from now on these count. Requests that wait go at once. */
  configure(): void {
    const { objects } = this.options;
    const waiting: Request[] = [];
    for (const level of this.levels) for (let r = level.next(); r !== undefined; r = level.next()) waiting.push(r);
    const own = objects("flowSchemas") as readonly FlowSchema[];
    this.hasOwnSchemas = own.length > 0;
    const configurations = merged(DEFAULT_LEVELS, objects("priorityLevelConfigurations") as never);
    const shares = (level: PriorityLevelConfiguration) =>
      level.spec?.type === "Exempt" ? 0 : (level.spec?.limited?.nominalConcurrencyShares ?? 30);
    const total = configurations.reduce((sum, level) => sum + shares(level), 0);
    const before = new Map(this.levels.map((level) => [level.name, level.inUse]));
    this.levels = configurations.map((level) => {
      const made = new PriorityLevel(level, Math.ceil((TOTAL_SEATS * shares(level)) / total), TOTAL_SEATS);
      made.inUse = before.get(made.name) ?? 0;
      return made;
    });
    this.smoothed = this.levels.map(() => 0);
    this.schemas = inOrder(merged(DEFAULT_SCHEMAS, own)).map((schema) => ({
      schema,
      level: this.levels.findIndex(({ name }) => name === schema.spec?.priorityLevelConfiguration.name),
    }));
    for (const request of waiting) this.options.execute(request);
  }

  /** @returns whether it may be carried out at once; otherwise it waits or is refused */
  admit(request: Request): boolean {
    const index = this.schemaOf(request);
    const { level: levelIndex, schema } = this.schemas[index]!;
    const level = this.levels[levelIndex];
    if (level === undefined || level.isExempt) return true;
    const { now } = this.options.engine;
    if (now >= this.nextAdjustMicros) this.adjust(now);
    const width = this.widthOf(request);
    request.level = levelIndex;
    if (level.hasRoom(width)) {
      request.width = width;
      request.hasSeats = true;
      level.use(width);
      return true;
    }
    const flow = `${schema.metadata.name}/${distinguisherOf(schema, request)}`;
    if (level.enqueue(request, flow, width)) this.limitWait(request);
    else this.options.refuse(request, TOO_MANY);
    return false;
  }

  /** It is answered: others may have its seats. */
  release(request: Request): void {
    const level = this.levels[request.level];
    if (level === undefined) return;
    request.level = -1;
    if (request.queue >= 0) return level.remove(request);
    if (!request.hasSeats) return;
    request.hasSeats = false;
    level.release(request.width);
    this.dispatch(level);
  }

  /** The process has died. */
  reset(): void {
    for (const level of this.levels) level.reset();
  }

  private dispatch(level: PriorityLevel): void {
    if (level.waitingRequests === 0) return;
    for (let request = level.next(); request !== undefined; request = level.next()) {
      request.hasSeats = true;
      level.use(request.width);
      this.options.execute(request);
    }
  }

  private limitWait(request: Request): void {
    const { engine, refuse } = this.options;
    const { sentMicros } = request;
    engine.at((engine.now + WAIT_MICROS) as Tick, () => {
      if (request.queue >= 0 && request.sentMicros === sentMicros && !request.isOver) refuse(request, TOO_MANY);
    });
  }

  private schemaOf(request: Request): number {
    // the schemas of a scenario may look at any namespace
    if (this.hasOwnSchemas) return this.search(request);
    const { client, kind, namespace, subresource, verb } = request;
    const { flows: memo } = client;
    const isSystem = namespace === "kube-system" ? 1 : namespace === "" ? 2 : 0;
    const key = client.requestKey(verb, kind, subresource) * 4 + isSystem;
    let index = memo.get(key);
    if (index === undefined) {
      index = this.search(request);
      memo.set(key, index);
    }
    return index;
  }

  private search(request: Request): number {
    const found = this.schemas.findIndex(({ schema }) => matches(schema, request));
    return found < 0 ? this.schemas.length - 1 : found;
  }

  private widthOf({ kind, verb }: Request): number {
    if (verb !== "list") return 1;
    const seats = Math.ceil(this.options.sizeOf(kind) / OBJECTS_PER_SEAT);
    return Math.min(MAX_LIST_SEATS, Math.max(1, seats));
  }

  // every ten seconds: levels that were asked for more than is theirs get what others do not need
  private adjust(now: number): void {
    this.nextAdjustMicros = (Math.floor(now / ADJUST_MICROS) + 1) * ADJUST_MICROS;
    const limited = this.levels.filter(({ isExempt }) => !isExempt);
    let left = TOTAL_SEATS;
    this.levels.forEach((level, i) => {
      this.smoothed[i] = Math.max(level.demand, SMOOTHING * this.smoothed[i]! + (1 - SMOOTHING) * level.demand);
      level.demand = level.inUse + level.waitingSeats;
      if (level.isExempt) return;
      level.limit = Math.max(level.minSeats, Math.min(level.nominalSeats, Math.ceil(this.smoothed[i]!)));
      left -= level.limit;
    });
    // first to those who need more, then to everybody by their shares
    const needy = limited.filter((level) => this.smoothed[this.levels.indexOf(level)]! > level.limit);
    left = share(needy, left, (level) => Math.ceil(this.smoothed[this.levels.indexOf(level)]!));
    share(limited, left, (level) => level.maxSeats);
    for (const level of limited) this.dispatch(level);
  }
}

/** Raises limits by the levels' nominal sizes, as far as `left` goes. @returns what is left then */
function share(levels: readonly PriorityLevel[], left: number, most: (level: PriorityLevel) => number): number {
  const total = levels.reduce((sum, { nominalSeats }) => sum + nominalSeats, 0);
  let rest = left;
  for (const level of levels) {
    const own = Math.floor((Math.max(0, left) * level.nominalSeats) / Math.max(1, total));
    const added = Math.max(0, Math.min(own, Math.min(level.maxSeats, most(level)) - level.limit));
    level.limit += added;
    rest -= added;
  }
  return rest;
}

function merged<T extends ApiObject>(defaults: readonly T[], own: readonly T[]): T[] {
  const names = new Set(own.map(({ metadata }) => metadata.name));
  return [...defaults.filter(({ metadata }) => !names.has(metadata.name)), ...own];
}
