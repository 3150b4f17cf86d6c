// What the page can ask for: scenarios of the folder, checks, runs and what came out of them. Knows nothing of sockets.
import { posix } from "node:path";
import { REPORTS } from "../../reports/columns/registry.ts";
import { renderHeader } from "../../reports/csv.ts";
import { TOOL_VERSION } from "../metrics/result.ts";
import { scenarioJsonSchema } from "../scenario/schema.ts";
import type { AskThread } from "./ask-thread.ts";
import { type Answer, BodyTooLarge, json, Refusal, type Request, readJson, refused } from "./exchange.ts";
import { type GuardOptions, guard, SECURITY_HEADERS } from "./guard.ts";
import type { Source } from "./job.ts";
import { mapAnswer, podsAt, seriesAnswer } from "./map-answer.ts";
import type { PageFiles } from "./page-files.ts";
import type { CheckAnswer, LookAnswer, ServeState } from "./protocol.ts";
import { metricColumns, runAnswer } from "./run-answer.ts";
import type { Runs } from "./runs.ts";
import type { ScenarioFolder } from "./scenario-folder.ts";

export interface ServiceParts {
  readonly guard: GuardOptions;
  readonly folder: ScenarioFolder;
  readonly page: PageFiles;
  readonly runs: Runs;
  readonly checks: AskThread;
  readonly looks: AskThread;
  readonly limits: ServeState["limits"];
}

type Handler = (request: Request, id: string) => Answer | Promise<Answer>;

export class Service {
  private readonly parts: ServiceParts;
  private readonly routes: readonly (readonly [method: string, pattern: string, handler: Handler])[];

  constructor(parts: ServiceParts) {
    this.parts = parts;
    this.routes = [
      ["GET", "/api/state", () => json(this.state())],
      ["GET", "/api/schema", () => ({ ...json(null), body: scenarioJsonSchema() })],
      ["GET", "/api/file", (request) => json(this.parts.folder.read(wanted(request, "name")))],
      ["PUT", "/api/file", (request) => this.write(request)],
      ["POST", "/api/check", (request) => this.check(request)],
      ["GET", "/api/events", () => this.events()],
      ["POST", "/api/runs", (request) => this.start(request)],
      ["DELETE", "/api/runs/*", (_, id) => this.remove(id)],
      ["GET", "/api/runs/*", (_, id) => json(runAnswer(this.parts.runs.state(id), this.parts.runs.outcome(id)))],
      ["GET", "/api/runs/*/series", (_, id) => json(seriesAnswer(this.parts.runs.outcome(id)))],
      ["GET", "/api/runs/*/map", (_, id) => json(mapAnswer(this.parts.runs.outcome(id)))],
      ["GET", "/api/runs/*/pods", (request, id) => this.pods(request, id)],
      ["GET", "/api/runs/*/table", (request, id) => this.table(request, id)],
      ["GET", "/api/runs/*/report", (_, id) => this.report(id)],
      ["POST", "/api/runs/*/look", (request, id) => this.look(request, id)],
    ];
  }

  /** Never throws: whatever goes wrong is an answer. */
  async handle(request: Request): Promise<Answer> {
    let answer: Answer;
    try {
      guard(request, this.parts.guard);
      answer = await this.route(request);
    } catch (error) {
      answer = refused(failureOf(error));
    }
    return { ...answer, headers: { ...SECURITY_HEADERS, ...answer.headers } };
  }

  private async route(request: Request): Promise<Answer> {
    const { method, path } = request;
    if (!path.startsWith("/api/")) {
      if (method !== "GET" && method !== "HEAD") throw new Refusal(405, "only GET is answered here");
      return this.parts.page.answer(path);
    }
    const [, , , id = "", ...rest] = path.split("/");
    const ofRun = /^\d{1,9}$/.test(id) ? ["/api/runs/*", ...rest].join("/") : undefined;
    const found = this.routes.filter(([, pattern]) => pattern === path || pattern === ofRun);
    const route = found.find(([verb]) => verb === method);
    if (route !== undefined) return await route[2](request, id);
    throw found.length > 0 ? new Refusal(405, `not ${method.slice(0, 10)}`) : new Refusal(404, "there is nothing here");
  }

  private state(): ServeState {
    const { folder, limits, runs } = this.parts;
    return {
      version: TOOL_VERSION,
      folder: folder.path,
      files: folder.list(),
      runs: runs.states(),
      columns: metricColumns(),
      limits,
    };
  }

  private async write(request: Request): Promise<Answer> {
    const { name, text, version } = await readJson(request, { name: "text", text: "text", version: "text?" });
    const { version: written } = this.parts.folder.write(name, text, version ?? null);
    return json({ name, version: written });
  }

  private async check(request: Request): Promise<Answer> {
    const { name, text } = await readJson(request, { name: "text", text: "text" });
    return json(await this.parts.checks.ask<CheckAnswer>({ kind: "check", source: this.source(name, text) }));
  }

  private async start(request: Request): Promise<Answer> {
    const fields = { name: "text", text: "text", variant: "text", seed: "text" } as const;
    const { name, seed, text, variant } = await readJson(request, fields);
    if (seed.length > 200) throw new Refusal(400, "seed: expected at most 200 characters");
    return json(this.parts.runs.start({ source: this.source(name, text), variant, seed }), 201);
  }

  private remove(id: string): Answer {
    this.parts.runs.remove(id);
    return json({});
  }

  private pods({ query }: Request, id: string): Answer {
    const atMicros = Number(query.get("at") ?? Number.NaN);
    if (!(atMicros >= 0)) throw new Refusal(400, "at: expected microseconds");
    return json(podsAt(this.parts.runs.outcome(id), query.get("node"), atMicros));
  }

  private async table(request: Request, id: string): Promise<Answer> {
    const name = wanted(request, "name");
    const report = REPORTS.find((each) => each.name === name);
    if (report === undefined) throw new Refusal(404, "there is no such table");
    const { parts } = this.parts.runs.outcome(id);
    const body = Buffer.concat([
      await renderHeader(report),
      ...parts.filter((part) => part.report === name).map(({ bytes }) => bytes),
    ]);
    const headers = {
      "content-type": "text/csv; charset=utf-8",
      "content-disposition": `attachment; filename="${name}.csv"`,
    };
    return { status: 200, headers, body };
  }

  // to be kept as a file: the policy of this page lets no script of it run here
  private report(id: string): Answer {
    const headers = {
      "content-type": "text/html; charset=utf-8",
      "content-disposition": 'attachment; filename="report.html"',
    };
    return { status: 200, headers, body: this.parts.runs.outcome(id).report };
  }

  private async look(request: Request, id: string): Promise<Answer> {
    const { atMicros, words } = await readJson(request, { atMicros: "number?", words: "text" });
    const split = words.trim().split(/\s+/);
    const job = this.parts.runs.job(id);
    const { scenarioSha256: sha256, simDurationMicros: endMicros } = this.parts.runs.outcome(id).identity;
    const at = atMicros === undefined || atMicros >= endMicros ? null : atMicros;
    if (at !== null && !(Number.isSafeInteger(at) && at >= 0))
      throw new Refusal(400, "atMicros: expected microseconds");
    return json(await this.parts.looks.ask<LookAnswer>({ kind: "look", job, sha256, atMicros: at, words: split }));
  }

  private events(): Answer {
    const { runs } = this.parts;
    const headers = { "content-type": "text/event-stream; charset=utf-8" };
    const body = (write: (piece: string) => void) => {
      const tell = () => write(`data: ${JSON.stringify(runs.states())}\n\n`);
      tell();
      return runs.listen(tell);
    };
    return { status: 200, headers, body };
  }

  // a scenario that has not been saved stands where it is going to
  private source(name: string, text: string): Source {
    const { path: root } = this.parts.folder;
    this.parts.folder.refuse(name);
    return { text, name, folder: posix.join(root, posix.dirname(name)), root };
  }
}

function wanted({ query }: Request, name: string): string {
  const value = query.get(name);
  if (value === null) throw new Refusal(400, `${name} is missing`);
  return value;
}

function failureOf(error: unknown): { readonly status: number; readonly message: string } {
  if (error instanceof Refusal) return error;
  if (error instanceof BodyTooLarge) return { status: 413, message: "the request is too large" };
  const code = error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? "") : "";
  // what the disk says names paths of this machine: the reason is enough
  if (/^E[A-Z]+$/.test(code)) return { status: 500, message: `the folder cannot be used: ${code}` };
  return { status: 500, message: `internal error: ${error instanceof Error ? error.message : String(error)}` };
}
