// A request and its answer as plain values: what the service is asked and says, without sockets.

export interface Request {
  readonly method: string;
  /** Decoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** @throws BodyTooLarge */
  body(): Promise<Uint8Array>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** A function writes a stream of its own: it gets what writes a piece and returns what ends it when nobody listens any more. */
  readonly body: Uint8Array | string | Stream;
}

export type Stream = (write: (piece: string) => void) => () => void;

/** A body that is larger than any that the page sends. */
export class BodyTooLarge extends Error {
  override readonly name = "BodyTooLarge";
}

/** Something that whoever asked can mend: becomes an answer with this status. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export function json(value: unknown, status = 200): Answer {
  return { status, headers: { "content-type": "application/json; charset=utf-8" }, body: JSON.stringify(value) };
}

export function refused({ status, message }: { readonly status: number; readonly message: string }): Answer {
  return json({ message }, status);
}

/** The value in a JSON body. @throws Refusal when there is none, or its fields are of other types */
export async function readJson<K extends string>(
  request: Request,
  fields: Readonly<Record<K, "string" | "string?" | "number" | "number?">>,
): Promise<Readonly<Record<K, never>>> {
  // a form of another page cannot send this type without asking first
  if (!/^application\/json\b/i.test(request.headers["content-type"] ?? ""))
    throw new Refusal(415, "expected application/json");
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(await request.body()));
  } catch (error) {
    if (error instanceof BodyTooLarge) throw error;
    throw new Refusal(400, "expected JSON");
  }
  if (typeof value !== "object" || value === null) throw new Refusal(400, "expected a JSON object");
  for (const [name, type] of Object.entries<string>(fields)) {
    const found = Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
    const isOptional = type.endsWith("?");
    if (isOptional && (found === undefined || found === null)) continue;
    if (typeof found !== type.replace("?", "")) throw new Refusal(400, `${name}: expected a ${type.replace("?", "")}`);
  }
  return value as Readonly<Record<K, never>>;
}
