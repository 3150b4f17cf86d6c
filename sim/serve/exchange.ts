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

interface FieldTypes {
  readonly text: string;
  readonly number: number;
}

export type FieldType = keyof FieldTypes | `${keyof FieldTypes}?`;

type FieldValue<T extends FieldType> = T extends `${infer Base extends keyof FieldTypes}?`
  ? FieldTypes[Base] | undefined
  : T extends keyof FieldTypes
    ? FieldTypes[T]
    : never;

/**
 * The value in a JSON body, of which only these fields are looked at; with "?" they may be missing or null.
 *
 * @throws Refusal when there is none, or its fields are of other types
 */
export async function readJson<F extends Readonly<Record<string, FieldType>>>(
  request: Request,
  fields: F,
): Promise<{ readonly [K in keyof F]: FieldValue<F[K]> }> {
  // a form of another page cannot send this type without asking first
  if (!/^application\/json\b/i.test(request.headers["content-type"] ?? ""))
    throw new Refusal(415, "expected application/json");
  const value = parse(await request.body());
  if (typeof value !== "object" || value === null) throw new Refusal(400, "expected a JSON object");
  const read: Record<string, unknown> = {};
  for (const [name, type] of Object.entries(fields)) {
    const found = Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
    if (type.endsWith("?") && (found === undefined || found === null)) continue;
    const wanted = type.startsWith("text") ? "string" : "number";
    if (typeof found !== wanted) throw new Refusal(400, `${name}: expected a ${wanted}`);
    read[name] = found;
  }
  return read as { readonly [K in keyof F]: FieldValue<F[K]> };
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new Refusal(400, "expected JSON");
  }
}
