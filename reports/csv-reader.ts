// Reads CSV as we write it (RFC 4180, "\n" between lines) from text that comes in pieces, record by record.

const QUOTE = 34;
const COMMA = 44;
const LINE_FEED = 10;

export class RecordReader {
  private readonly take: (record: readonly string[]) => void;
  private record: string[] = [];
  private cell = "";
  private isQuoted = false;
  // a quote in a quoted cell: its end, or the first of two
  private isAfterQuote = false;

  constructor(take: (record: readonly string[]) => void) {
    this.take = take;
  }

  push(text: string): void {
    let from = 0;
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (this.isQuoted && !this.isAfterQuote) {
        if (code !== QUOTE) continue;
        this.cell += text.slice(from, at);
        from = at + 1;
        this.isAfterQuote = true;
        continue;
      }
      if (this.isAfterQuote) {
        this.isAfterQuote = false;
        if (code === QUOTE) {
          // the second of two stays
          from = at;
          continue;
        }
        this.isQuoted = false;
      }
      if (code === QUOTE) {
        this.isQuoted = true;
        from = at + 1;
      } else if (code === COMMA || code === LINE_FEED) {
        this.record.push(this.cell + text.slice(from, at));
        this.cell = "";
        from = at + 1;
        if (code === COMMA) continue;
        const record = this.record;
        this.record = [];
        this.take(record);
      }
    }
    this.cell += text.slice(from);
  }
}
