// The page: files and runs at the side, and one of its views at a time. The token comes with the address, and leaves it at once.
import type { RunState, ServeState } from "../../sim/serve/protocol.ts";
import { Api, ApiError } from "./api.ts";
import { fill, h } from "./dom.ts";
import { FileList } from "./file-list.ts";
import { Markup } from "./markup.ts";
import { RunList } from "./run-list.ts";
import { ClusterView } from "./views/cluster-view.ts";
import { CompareView } from "./views/compare-view.ts";
import { ResultView } from "./views/result-view.ts";
import { ScenarioView } from "./views/scenario-view.ts";

type ViewName = "scenario" | "result" | "cluster" | "compare";

const VIEWS: readonly (readonly [ViewName, string])[] = [
  ["scenario", "Scenario"],
  ["result", "Result"],
  ["cluster", "Cluster"],
  ["compare", "Compare"],
];

const TOKEN = "kubedrill-token";

/** Of the address, or of this tab when it was loaded again. */
function takeToken(): string | null {
  const match = /^#token=([\w-]+)$/.exec(location.hash);
  if (match === null) return sessionStorage.getItem(TOKEN);
  sessionStorage.setItem(TOKEN, match[1]!);
  history.replaceState(null, "", location.pathname);
  return match[1]!;
}

class App {
  private readonly api: Api;
  private readonly status = h("p", { class: "status", role: "status", "aria-live": "polite" });
  private readonly main = h("main", { id: "main", tabindex: "-1" });
  private readonly tabs = h("nav", { class: "views", "aria-label": "views" });
  private readonly files: FileList;
  private readonly runList: RunList;
  /** The one that is open and not done, where its result will be. */
  private readonly goingOn: RunList;
  private readonly scenario: ScenarioView;
  private readonly result: ResultView;
  private readonly cluster: ClusterView;
  private readonly compare: CompareView;
  private view: ViewName = "scenario";
  private runs: readonly RunState[] = [];
  private openRun: string | undefined;
  private awaited: string | undefined;
  private sayTimer: number | undefined;

  constructor(api: Api, state: ServeState, nonce: string) {
    this.api = api;
    const markup = new Markup();
    const say = (text: string) => this.say(text);
    this.files = new FileList((name) => void this.scenario.open(name).then(() => this.show("scenario")));
    const listed = { onOpen: (id: string) => this.open(id), onRemove: (id: string) => void this.remove(id) };
    this.runList = new RunList(listed);
    this.goingOn = new RunList(listed);
    this.scenario = new ScenarioView({
      ...{ api, nonce, say },
      onStarted: (id) => this.started(id),
      onFile: (name) => void this.listFiles(name),
    });
    this.result = new ResultView({ api, markup, columns: state.columns });
    this.cluster = new ClusterView({ api, markup });
    this.compare = new CompareView({ api, markup, columns: state.columns });
    this.files.show(state.files, "");
    this.build(state);
    this.take(state.runs);
    void api.schema().then((schema) => this.scenario.knows(schema));
    void api.follow(
      (runs) => this.take(runs),
      (isThere) => this.connection(isThere),
    );
    const first = state.files.find(({ isScenario }) => isScenario);
    if (first === undefined) this.scenario.begin();
    else void this.scenario.open(first.name);
    addEventListener("beforeunload", (event) => this.scenario.isUnsaved && event.preventDefault());
  }

  private build(state: ServeState): void {
    // where there is little room, what is worked on comes first
    const isWide = matchMedia("(min-width: 761px)").matches;
    const side = h(
      "aside",
      { class: "side", "aria-label": "files and runs" },
      h("details", { open: isWide }, h("summary", {}, "Runs"), this.runList.element),
      h("details", { open: isWide }, h("summary", {}, "Scenarios"), this.files.element),
    );
    fill(
      document.getElementById("app")!,
      h("a", { class: "skip", href: "#main" }, "to the content"),
      h(
        "header",
        { class: "bar-top" },
        h("h1", {}, "kubedrill"),
        h("span", { class: "muted small folder-path", title: state.folder }, state.folder),
        this.tabs,
        this.status,
      ),
      h("div", { class: "columns" }, side, this.main),
    );
    this.show("scenario");
  }

  private show(view: ViewName): void {
    this.view = view;
    fill(
      this.tabs,
      VIEWS.map(([name, text]) =>
        h(
          "button",
          { type: "button", "aria-current": name === view ? "page" : null, onclick: () => this.show(name) },
          text,
        ),
      ),
    );
    fill(this.main, this.viewOf(view));
  }

  private viewOf(view: ViewName): HTMLElement {
    if (view === "scenario") return this.scenario.element;
    if (view === "compare") {
      this.compare.show(this.runs);
      return this.compare.element;
    }
    const run = this.runs.find(({ id }) => id === this.openRun);
    if (run === undefined)
      return h("p", { class: "hint" }, "No run is open: run a scenario, or choose one of the runs.");
    if (run.phase === "failed") return this.failure(run);
    if (run.phase === "cancelled") return h("p", { class: "hint" }, "This run was cancelled.");
    if (run.phase !== "done") {
      this.goingOn.show([run], undefined);
      return h("section", { class: "card going-on" }, h("h2", {}, "This run goes on"), this.goingOn.element);
    }
    const shown = view === "cluster" ? this.cluster : this.result;
    void shown.show(run.id).catch((error: unknown) => this.say(error instanceof Error ? error.message : String(error)));
    return shown.element;
  }

  private failure({ message, problems }: RunState): HTMLElement {
    return h(
      "section",
      { class: "card" },
      h("h2", { class: "bad" }, message),
      h(
        "ol",
        {},
        problems.map(({ text }) => h("li", {}, h("code", {}, text))),
      ),
    );
  }

  private open(id: string): void {
    this.openRun = id;
    this.runList.show(this.runs, id);
    this.show(this.view === "scenario" ? "result" : this.view);
  }

  private started(id: string): void {
    this.awaited = id;
    this.say(`run ${id} has begun`);
  }

  private take(runs: readonly RunState[]): void {
    const before = this.runs;
    this.runs = runs;
    this.runList.show(runs, this.openRun);
    const awaited = runs.find(({ id }) => id === this.awaited);
    if (awaited !== undefined && (awaited.phase === "done" || awaited.phase === "failed")) {
      this.awaited = undefined;
      this.say(awaited.phase === "done" ? `run ${awaited.id} is done` : `run ${awaited.id}: ${awaited.message}`);
      // who has gone on writing, or looks at something else, is not disturbed
      if (this.view === "scenario" ? this.scenario.isAsStarted : this.openRun === awaited.id)
        return this.open(awaited.id);
    }
    const open = runs.find(({ id }) => id === this.openRun);
    if (open?.phase === "running" || open?.phase === "waiting") this.goingOn.show([open], undefined);
    const phase = (list: readonly RunState[]) => list.find(({ id }) => id === this.openRun)?.phase;
    if (this.view === "compare") this.compare.show(runs);
    else if (this.view !== "scenario" && phase(before) !== phase(runs)) this.show(this.view);
  }

  private async remove(id: string): Promise<void> {
    try {
      await this.api.remove(id);
      this.take((await this.api.state()).runs);
    } catch (error) {
      this.say(error instanceof Error ? error.message : String(error));
    }
  }

  private async listFiles(open: string): Promise<void> {
    this.files.show((await this.api.state()).files, open);
  }

  private connection(isThere: boolean): void {
    document.body.classList.toggle("away", !isThere);
    if (!isThere) this.say("kubedrill serve does not answer: has it ended?");
  }

  private say(text: string): void {
    this.status.textContent = text;
    clearTimeout(this.sayTimer);
    this.sayTimer = setTimeout(() => {
      this.status.textContent = "";
    }, 8000);
  }
}

async function begin(): Promise<void> {
  const root = document.getElementById("app")!;
  const nonce = document.querySelector<HTMLMetaElement>('meta[name="style-nonce"]')?.content ?? "";
  const token = takeToken();
  const api = new Api(token ?? "");
  try {
    new App(api, await api.state(), nonce);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    fill(root, h("main", { class: "hint" }, h("h1", {}, "kubedrill"), h("p", {}, error.message)));
  }
}

void begin();
