// Data-driven test scripts: commands with arguments and input lines, each followed by the output it is expected to give.
//
//     command arg key=value key=(v1,v2)     a trailing \ continues the line
//     input lines, optional
//     ----
//     expected output up to the next blank line, or between `----` `----` pairs

export interface Command {
  /** Line of the command in its file, from 1. */
  readonly line: number;
  readonly name: string;
  /** Arguments without a value, in order. */
  readonly words: readonly string[];
  /** Values by key; one value is a list of one. */
  readonly options: ReadonlyMap<string, readonly string[]>;
  readonly input: string;
  readonly expected: string;
}

/** @throws Error when a command has no output section */
export function parseScript(text: string): Command[] {
  const lines = text.split("\n");
  const commands: Command[] = [];
  let at = 0;
  while (at < lines.length) {
    if (lines[at]!.trim() === "" || lines[at]!.startsWith("#")) {
      at++;
      continue;
    }
    const line = at + 1;
    let head = lines[at++]!;
    while (head.endsWith("\\")) head = `${head.slice(0, -1)} ${lines[at++]!.trim()}`;
    const input: string[] = [];
    while (at < lines.length && lines[at] !== "----") input.push(lines[at++]!);
    if (at === lines.length) throw new Error(`line ${line}: no ---- after the command`);
    at++;
    const expected: string[] = [];
    if (lines[at] === "----") {
      at++;
      while (lines[at] !== "----" || lines[at + 1] !== "----") expected.push(lines[at++]!);
      at += 2;
    } else while (at < lines.length && lines[at]!.trim() !== "") expected.push(lines[at++]!);
    commands.push({ line, ...parseHead(head), input: input.join("\n"), expected: expected.join("\n") });
  }
  return commands;
}

/** Text from `text` with the expected output of each command replaced by `outputs`, comments and input kept. */
export function rewriteScript(text: string, outputs: readonly string[]): string {
  const lines = text.split("\n");
  const commands = parseScript(text);
  const written: string[] = [];
  let at = 0;
  commands.forEach((command, i) => {
    while (lines[at] !== "----" || at < command.line) written.push(lines[at++]!);
    written.push("----", outputs[i]!, "");
    at++;
    while (at < lines.length && lines[at]!.trim() !== "") at++;
    at++;
  });
  return `${written.join("\n").trimEnd()}\n`;
}

function parseHead(head: string): Pick<Command, "name" | "words" | "options"> {
  const [name = "", ...rest] = head.match(/[^\s=]+=\([^)]*\)|\S+/g) ?? [];
  const words: string[] = [];
  const options = new Map<string, readonly string[]>();
  for (const part of rest) {
    const equals = part.indexOf("=");
    if (equals === -1) words.push(part);
    else options.set(part.slice(0, equals), parseValues(part.slice(equals + 1)));
  }
  return { name, words, options };
}

function parseValues(value: string): readonly string[] {
  if (!value.startsWith("(")) return [value];
  return value
    .slice(1, -1)
    .split(/[\s,]+/)
    .filter((item) => item !== "");
}
