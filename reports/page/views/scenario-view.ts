// The editor with what belongs to it: its file, the mistakes in it, which variant runs and with which seed.
import type { CheckAnswer, ShownProblem } from "../../../sim/serve/protocol.ts";
import { type Api, ApiError } from "../api.ts";
import { fill, h } from "../dom.ts";
import { ScenarioEditor } from "../editor/editor.ts";
import type { Schema } from "../editor/schema.ts";
import { timeText } from "../format.ts";
import { STARTER } from "../starter.ts";

export interface ScenarioViewOptions {
  readonly api: Api;
  readonly nonce: string;
  readonly onStarted: (id: string) => void;
  /** A file was opened, or written. */
  readonly onFile: (name: string, isNew: boolean) => void;
  readonly say: (text: string) => void;
}

const CHECK_MILLIS = 350;

export class ScenarioView {
  readonly element: HTMLElement;
  private readonly options: ScenarioViewOptions;
  private readonly editor: ScenarioEditor;
  private readonly name = h("input", {
    type: "text",
    "aria-label": "file name",
    class: "file-name",
    spellcheck: "false",
  });
  private readonly state = h("span", { class: "small muted", role: "status" });
  private readonly variant = h("select", { "aria-label": "variant" });
  private readonly variantLabel = h("label", { hidden: true }, "variant ", this.variant);
  private readonly seed = h("input", { type: "text", size: 8, "aria-label": "seed", placeholder: "its own" });
  private readonly runButton = h(
    "button",
    { class: "primary", type: "button", title: "Ctrl-Enter", onclick: () => void this.run() },
    "Run",
  );
  private readonly saveButton = h(
    "button",
    { type: "button", title: "Ctrl-S", onclick: () => void this.save() },
    "Save",
  );
  private readonly problems = h("div", { class: "problems", "aria-label": "mistakes", role: "region" });
  private readonly host = h("div", { class: "editor" });
  private version: string | null = null;
  private saved = "";
  private opened = "";
  private startedText = "";
  private openings = 0;
  private timer: number | undefined;
  private asked = 0;

  constructor(options: ScenarioViewOptions) {
    this.options = options;
    this.editor = new ScenarioEditor({
      parent: this.host,
      nonce: options.nonce,
      onChange: () => this.changed(),
      onRun: () => void this.run(),
      onSave: () => void this.save(),
    });
    this.name.addEventListener("input", () => this.mark());
    this.element = h(
      "section",
      { class: "scenario-view" },
      h(
        "div",
        { class: "toolbar" },
        this.name,
        this.saveButton,
        h("button", { type: "button", onclick: () => this.begin() }, "New"),
        this.state,
        h("span", { class: "grow" }),
        this.variantLabel,
        h("label", {}, "seed ", this.seed),
        this.runButton,
      ),
      this.host,
      this.problems,
    );
  }

  /** Nothing was written since the last run began. */
  get isAsStarted(): boolean {
    return this.editor.text === this.startedText;
  }

  get isUnsaved(): boolean {
    return this.editor.text !== this.saved;
  }

  knows(schema: Schema): void {
    this.editor.knows(schema);
  }

  async open(name: string): Promise<void> {
    if (this.isUnsaved && !confirm(`Leave ${this.opened} without saving what was changed?`)) return;
    const opening = ++this.openings;
    try {
      const { text, version } = await this.options.api.file(name);
      // another one was asked for while this one came
      if (opening !== this.openings) return;
      this.set(name, text, version);
      this.options.onFile(name, false);
    } catch (error) {
      this.options.say(messageOf(error));
    }
  }

  /** A new scenario to start from; it is nowhere until it is saved. */
  begin(): void {
    if (this.isUnsaved && !confirm(`Leave ${this.opened} without saving what was changed?`)) return;
    this.openings++;
    this.set("my-scenario.yaml", STARTER, null);
    this.options.onFile("", false);
    this.editor.focus();
  }

  async save(): Promise<void> {
    const name = this.name.value.trim();
    const text = this.editor.text;
    try {
      const { version } = await this.options.api.save(name, text, name === this.opened ? this.version : null);
      const isNew = name !== this.opened || this.version === null;
      [this.version, this.saved, this.opened] = [version, text, name];
      this.options.onFile(name, isNew);
      this.options.say(`${name} saved`);
    } catch (error) {
      this.options.say(messageOf(error));
    }
    this.mark();
  }

  async run(): Promise<void> {
    this.runButton.disabled = true;
    try {
      const request = {
        name: this.name.value.trim(),
        text: this.editor.text,
        variant: this.variant.value,
        seed: this.seed.value.trim(),
      };
      const { id } = await this.options.api.start(request);
      this.startedText = request.text;
      this.options.onStarted(id);
    } catch (error) {
      this.options.say(messageOf(error));
    } finally {
      this.runButton.disabled = false;
    }
  }

  private set(name: string, text: string, version: string | null): void {
    [this.opened, this.version, this.saved] = [name, version, text];
    this.name.value = name;
    this.editor.open(text);
    // what was said of the text before is not true of this one
    fill(this.problems, h("p", { class: "muted" }, "checking …"));
    fill(this.variant);
    this.variantLabel.hidden = true;
    void this.check();
    this.mark();
  }

  private changed(): void {
    this.mark();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.check(), CHECK_MILLIS);
  }

  private mark(): void {
    const isNew = this.version === null || this.name.value.trim() !== this.opened;
    this.state.textContent = isNew ? "not saved yet" : this.isUnsaved ? "changed" : "saved";
    this.saveButton.disabled = !isNew && !this.isUnsaved;
  }

  private async check(): Promise<void> {
    const asked = ++this.asked;
    try {
      const answer = await this.options.api.check(this.name.value.trim(), this.editor.text);
      if (asked === this.asked) this.showCheck(answer);
    } catch (error) {
      // a newer question has overtaken this one
      if (asked !== this.asked || (error instanceof ApiError && error.status === 409)) return;
      fill(this.problems, h("p", { class: "bad" }, messageOf(error)));
    }
  }

  private showCheck({ problems, variants }: CheckAnswer): void {
    this.editor.shows(problems);
    const names = variants.map(({ variant }) => variant);
    const before = this.variant.value;
    fill(
      this.variant,
      names.map((name) => h("option", { value: name }, name)),
    );
    if (names.includes(before)) this.variant.value = before;
    this.variantLabel.hidden = names.length < 2 && (names[0] ?? "") === "";
    if (problems.length > 0) {
      fill(
        this.problems,
        h("h2", {}, `${problems.length} ${problems.length === 1 ? "mistake" : "mistakes"}`),
        h(
          "ol",
          {},
          problems.map((problem) => this.problem(problem)),
        ),
      );
      return;
    }
    const [first] = variants;
    if (first === undefined) return fill(this.problems);
    const end = first.durationMicros === null ? "until nothing is left to happen" : timeText(first.durationMicros);
    const warnings = [...new Set(variants.flatMap(({ warnings }) => warnings))];
    this.seed.placeholder = first.seed;
    fill(
      this.problems,
      h(
        "p",
        {},
        h("span", { class: "good" }, "✓ valid"),
        `: ${first.nodes} nodes, ${first.pods} pods at the start, ${end}${variants.length > 1 ? `, ${variants.length} variants` : ""}`,
      ),
      warnings.map((warning) => h("p", { class: "warn small" }, warning)),
    );
  }

  private problem(problem: ShownProblem): HTMLElement {
    if (!problem.isHere) return h("li", {}, problem.text);
    const goTo = () => this.editor.goTo(problem.line, problem.column);
    return h("li", {}, h("button", { type: "button", class: "link", onclick: goTo }, problem.text));
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
