// The editor: YAML with completion and documentation from the schema, and the service's mistakes at their places.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import {
  bracketMatching,
  foldGutter,
  foldKeymap,
  HighlightStyle,
  indentOnInput,
  indentUnit,
  syntaxHighlighting,
} from "@codemirror/language";
import { type Diagnostic, lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { EditorState, type Text } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";
import type { ShownProblem } from "../../../sim/serve/protocol.ts";
import { completeFrom, hoverFrom } from "./completion.ts";
import type { Schema } from "./schema.ts";
import { SchemaReader } from "./schema.ts";

export interface EditorOptions {
  readonly parent: HTMLElement;
  readonly nonce: string;
  readonly onChange: () => void;
  readonly onRun: () => void;
  readonly onSave: () => void;
}

// colours are the page's own, so that they follow its dark mode
const COLOURS = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--code-key)" },
  { tag: [tags.string, tags.content], color: "var(--code-text)" },
  { tag: [tags.number, tags.bool, tags.null, tags.atom, tags.keyword], color: "var(--code-value)" },
  { tag: [tags.comment, tags.lineComment], color: "var(--code-comment)", fontStyle: "italic" },
  { tag: [tags.punctuation, tags.separator, tags.squareBracket, tags.brace], color: "var(--muted)" },
]);

export class ScenarioEditor {
  private readonly view: EditorView;
  private readonly options: EditorOptions;
  private reader: SchemaReader | undefined;

  constructor(options: EditorOptions) {
    this.options = options;
    this.view = new EditorView({ parent: options.parent, state: this.stateOf("") });
  }

  get text(): string {
    return this.view.state.doc.toString();
  }

  /** Another text, without a way back to the one before. */
  open(text: string): void {
    this.view.setState(this.stateOf(text));
  }

  knows(schema: Schema): void {
    this.reader = new SchemaReader(schema);
  }

  focus(): void {
    this.view.focus();
  }

  shows(problems: readonly ShownProblem[]): void {
    const { doc } = this.view.state;
    const diagnostics = problems.map((problem) => diagnosticOf(problem, doc));
    this.view.dispatch(setDiagnostics(this.view.state, diagnostics));
  }

  /** Puts the cursor there; counted from 1. */
  goTo(line: number, column: number): void {
    const { doc } = this.view.state;
    const at = offsetOf(doc, line, column);
    this.view.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: "center" }) });
    this.view.focus();
  }

  private stateOf(doc: string): EditorState {
    const { nonce, onChange, onRun, onSave } = this.options;
    const act = (action: () => void) => () => {
      action();
      return true;
    };
    return EditorState.create({
      doc,
      extensions: [
        EditorView.cspNonce.of(nonce),
        lineNumbers(),
        highlightActiveLineGutter(),
        highlightActiveLine(),
        history(),
        foldGutter(),
        lintGutter(),
        drawSelection(),
        indentUnit.of("  "),
        EditorState.tabSize.of(2),
        indentOnInput(),
        bracketMatching(),
        closeBrackets(),
        highlightSelectionMatches(),
        yaml(),
        syntaxHighlighting(COLOURS),
        autocompletion({
          override: [completeFrom(() => this.reader)],
          activateOnTyping: true,
          maxRenderedOptions: 200,
          icons: false,
        }),
        hoverFrom(() => this.reader),
        EditorView.contentAttributes.of({ "aria-label": "scenario, as YAML", spellcheck: "false", tabindex: "0" }),
        EditorView.updateListener.of((update) => update.docChanged && onChange()),
        keymap.of([
          { key: "Mod-Enter", run: act(onRun), preventDefault: true },
          { key: "Mod-s", run: act(onSave), preventDefault: true },
          ...closeBracketsKeymap,
          ...completionKeymap,
          ...lintKeymap,
          ...searchKeymap,
          ...foldKeymap,
          ...historyKeymap,
          ...defaultKeymap,
          // Escape, then Tab, leaves the editor
          indentWithTab,
        ]),
      ],
    });
  }
}

function diagnosticOf(problem: ShownProblem, doc: Text): Diagnostic {
  const message = problem.text;
  // a mistake in another file stands at the top, with that file's name in its text
  if (!problem.isHere) return { from: 0, to: doc.line(1).to, severity: "error", message };
  const from = offsetOf(doc, problem.line, problem.column);
  const rest = doc.lineAt(from).text.slice(from - doc.lineAt(from).from);
  const word = /^("[^"]*"|'[^']*'|[^\s,:{}[\]#]+)/.exec(rest)?.[0].length ?? 1;
  return { from, to: Math.min(doc.lineAt(from).to, from + word), severity: "error", message };
}

function offsetOf(doc: Text, line: number, column: number): number {
  const found = doc.line(Math.min(Math.max(1, line), doc.lines));
  return Math.min(found.from + Math.max(0, column - 1), found.to);
}
