// Runs a script and compares what each command prints with what is expected, without the lines that only log.
import { ConfChangeScript } from "./conf-change-commands.ts";
import { Environment } from "./environment.ts";
import { runQuorumCommand } from "./quorum-commands.ts";
import { type Command, parseScript } from "./script.ts";

/** `interaction`: a cluster; `quorum` and `confchange`: pure functions. */
export type ScriptKind = "interaction" | "quorum" | "confchange";

export interface ScriptDifference {
  readonly line: number;
  readonly command: string;
  readonly expected: string;
  readonly actual: string;
}

export interface ScriptResult {
  readonly commands: number;
  readonly differences: readonly ScriptDifference[];
}

/** Not compared: text that Go's library logs, whose content shows in states and messages as well. */
export const NOT_COMPARED: readonly string[] = [
  "lines that begin with DEBUG, INFO, WARN or ERROR (wording of the Go library's log)",
  "quorum: the drawing above the result",
  "quorum: what follows `error: mismatched input`",
];

/** Runs a script from its beginning. @returns what differs */
export function compareScript(text: string, kind: ScriptKind): ScriptResult {
  const commands = parseScript(text);
  const outputs = runScript(commands, kind);
  const differences: ScriptDifference[] = [];
  commands.forEach((command, i) => {
    const expected = semantic(command.expected, kind);
    const actual = outputs[i]!;
    if (actual !== expected) differences.push({ line: command.line, command: command.name, expected, actual });
  });
  return { commands: commands.length, differences };
}

/** What each command prints. A command that throws ends the cluster, and is reported as its text. */
export function runScript(commands: readonly Command[], kind: ScriptKind): string[] {
  const environment = new Environment();
  const confChange = new ConfChangeScript();
  return commands.map((command) => {
    try {
      if (kind === "quorum") return runQuorumCommand(command);
      return kind === "confchange" ? confChange.run(command) : environment.run(command);
    } catch (error) {
      return `thrown: ${String(error)}`;
    }
  });
}

function semantic(expected: string, kind: ScriptKind): string {
  if (kind === "quorum") {
    return expected.startsWith("error: mismatched input")
      ? "error: mismatched input"
      : expected.slice(expected.lastIndexOf("\n") + 1).replace("<empty majority quorum>", "");
  }
  const kept = expected.split("\n").filter((line) => !/^\s*(DEBUG|INFO|WARN|ERROR) /.test(line));
  const text = kept.map((line) => line.trimEnd()).join("\n");
  return text === "" ? "ok" : text;
}
