// Splits TypeScript into tokens, so that the checks see code and never comments or the text of strings.
// It refuses what it cannot read for certain (a slash after a closing brace, an escape in a name): no trick hides code.

export type TokenKind = "name" | "private" | "number" | "string" | "template" | "regex" | "punctuator";

export interface Token {
  readonly kind: TokenKind;
  /** A string's content without quotes and escapes undone; otherwise the text as written. */
  readonly text: string;
  readonly line: number;
}

/** A place that cannot be split with certainty. */
export class UnreadableSource extends Error {
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

const PUNCTUATORS = [
  ">>>=",
  "...",
  "===",
  "!==",
  "**=",
  "<<=",
  ">>=",
  "&&=",
  "||=",
  "??=",
  "=>",
  "==",
  "!=",
  "<=",
  "&&",
  "||",
  "??",
  "?.",
  "++",
  "--",
  "+=",
  "-=",
  "*=",
  "/=",
  "%=",
  "&=",
  "|=",
  "^=",
  "<<",
  "**",
];
// after these a slash begins a regular expression, though they look like names
const OPERATOR_WORDS = new Set([
  "return",
  "typeof",
  "instanceof",
  "in",
  "of",
  "new",
  "delete",
  "void",
  "throw",
  "case",
  "do",
  "else",
  "yield",
  "await",
]);
const PAIRS = new Set(["()", "[]", "{}"]);
const CONDITION_WORDS = new Set(["if", "while", "for", "with"]);

const SPACE = /\s+/y;
const NAME = /[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*/uy;
const NUMBER = /0[xX][\da-fA-F_]+n?|0[bB][01_]+n?|0[oO][0-7_]+n?|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?n?/y;
const REGEX = /\/(?:[^\\/[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;

/**
 * Tokens of a TypeScript source, without comments. Text of templates is left out, their expressions are kept.
 *
 * @throws UnreadableSource
 */
export function tokenize(source: string): Token[] {
  return new Tokenizer(source).run();
}

class Tokenizer {
  private readonly source: string;
  private readonly tokens: Token[] = [];
  private at = 0;
  private line = 1;
  // a backquote stands for an expression inside of a template; a condition is that of an if, while, for or with
  private readonly open: { bracket: string; isCondition: boolean }[] = [];
  // whether the bracket that was closed last belongs to a condition
  private endsCondition = false;

  constructor(source: string) {
    this.source = source;
  }

  run(): Token[] {
    if (this.source.startsWith("#!")) this.skipTo("\n");
    while (this.at < this.source.length) this.next();
    if (this.open.length > 0) this.refuse(`"${this.open.at(-1)!.bracket}" is not closed`);
    return this.tokens;
  }

  private next(): void {
    const { source, at } = this;
    const char = source[at]!;
    if (this.take(SPACE) !== undefined) return;
    if (source.startsWith("//", at)) return this.skipTo("\n");
    if (source.startsWith("/*", at)) return this.skipTo("*/", 2);
    if (char === '"' || char === "'") return this.string(char);
    if (char === "`") return this.template();
    if (char === "}" && this.open.at(-1)?.bracket === "`") {
      this.open.pop();
      this.at++;
      return this.templateRest();
    }
    if (char === "\\") this.refuse("an escape in a name");
    const name = this.take(NAME);
    if (name !== undefined) return this.add("name", name);
    if (char === "#") {
      this.at++;
      return this.add("private", `#${this.take(NAME) ?? this.refuse("a lone #")}`);
    }
    const number = /[\d.]/.test(char) && !/^\.(?!\d)/.test(source.slice(at, at + 2)) ? this.take(NUMBER) : undefined;
    if (number !== undefined) return this.add("number", number);
    if (char === "/" && this.slashIsRegex()) {
      return this.add("regex", this.take(REGEX) ?? this.refuse("a regular expression without end"));
    }
    this.punctuator(char);
  }

  private punctuator(char: string): void {
    const previous = this.tokens.at(-1);
    let text = PUNCTUATORS.find((candidate) => this.source.startsWith(candidate, this.at)) ?? char;
    // `a?.5:1` is a condition, not an optional access
    if (text === "?." && /\d/.test(this.source[this.at + 2] ?? "")) text = "?";
    if (char === "(" || char === "[" || char === "{") {
      const isCondition = char === "(" && previous?.kind === "name" && CONDITION_WORDS.has(previous.text);
      this.open.push({ bracket: char, isCondition });
    } else if (char === ")" || char === "]" || char === "}") {
      const bracket = this.open.pop();
      if (bracket === undefined || !PAIRS.has(bracket.bracket + char)) this.refuse(`"${char}" closes nothing`);
      this.endsCondition = bracket.isCondition;
    }
    this.at += text.length;
    this.add("punctuator", text);
  }

  private slashIsRegex(): boolean {
    const previous = this.tokens.at(-1);
    if (previous?.kind === "punctuator") {
      if (previous.text === "}") this.refuse("a slash after a closing brace: division or regular expression?");
      if (previous.text === "++" || previous.text === "--") this.refuse(`a slash after "${previous.text}"`);
      // x! / y divides, !/x/ does not
      if (previous.text === "!") return !this.endsExpression(this.tokens.length - 2);
    }
    return !this.endsExpression(this.tokens.length - 1);
  }

  // whether the token can be the last one of an expression, so that a slash after it divides
  private endsExpression(index: number): boolean {
    const token = this.tokens[index];
    if (token === undefined) return false;
    if (token.kind === "punctuator") return (token.text === ")" && !this.endsCondition) || token.text === "]";
    if (token.kind !== "name" || !OPERATOR_WORDS.has(token.text)) return true;
    // a member may have such a name: x.return
    const before = this.tokens[index - 1];
    return before?.kind === "punctuator" && (before.text === "." || before.text === "?.");
  }

  private string(quote: string): void {
    const start = this.at++;
    const line = this.line;
    while (this.source[this.at] !== quote) {
      const char = this.source[this.at];
      if (char === undefined || char === "\n") this.refuse("a string without end");
      this.at += char === "\\" ? 2 : 1;
    }
    this.at++;
    const raw = this.source.slice(start + 1, this.at - 1);
    this.countLines(raw);
    this.tokens.push({ kind: "string", text: unescapeString(raw), line });
  }

  private template(): void {
    this.at++;
    this.add("template", "`");
    this.templateRest();
  }

  private templateRest(): void {
    for (;;) {
      const char = this.source[this.at];
      if (char === undefined) this.refuse("a template without end");
      if (char === "`") {
        this.at++;
        return this.add("template", "`");
      }
      if (char === "$" && this.source[this.at + 1] === "{") {
        this.at += 2;
        this.open.push({ bracket: "`", isCondition: false });
        // an operator, so that a slash after it begins a regular expression
        return this.add("punctuator", "${");
      }
      if (char === "\n") this.line++;
      if (char === "\\" && this.source[this.at + 1] === "\n") this.line++;
      this.at += char === "\\" ? 2 : 1;
    }
  }

  private take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const text = pattern.exec(this.source)?.[0];
    if (text === undefined) return undefined;
    this.at += text.length;
    this.countLines(text);
    return text;
  }

  private skipTo(end: string, from = 0): void {
    const found = this.source.indexOf(end, this.at + from);
    if (found < 0 && end !== "\n") this.refuse("a comment without end");
    const stop = found < 0 ? this.source.length : found + end.length;
    this.countLines(this.source.slice(this.at, stop));
    this.at = stop;
  }

  private countLines(text: string): void {
    for (const char of text) if (char === "\n") this.line++;
  }

  private add(kind: TokenKind, text: string): void {
    this.tokens.push({ kind, text, line: this.line });
  }

  private refuse(message: string): never {
    throw new UnreadableSource(this.line, message);
  }
}

// enough for what matters in a check: \x41, \u0041, \u{41} and single characters
function unescapeString(raw: string): string {
  return raw.replace(
    /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|u\{([\da-fA-F]+)\}|([\s\S]))/g,
    (_, x, u, braces, char) => {
      const hex = x ?? u ?? braces;
      return hex === undefined ? String(char) : String.fromCodePoint(Number.parseInt(hex, 16));
    },
  );
}
