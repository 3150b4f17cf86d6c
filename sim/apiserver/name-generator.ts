// Names from `generateName`: the base and five letters, as the API server makes them. The letters of each base come from a stream of
// its own, so that other objects never move them. Source: behaviour of apiserver's storage/names.
import type { Engine } from "../engine/engine.ts";
import { drawnSuffix } from "../model/identity.ts";
import type { ApiKind } from "./client.ts";

const SUFFIX_LENGTH = 5;
const MAX_NAME_LENGTH = 63;

/** How often another name is tried when one is taken. */
export const MAX_NAME_ATTEMPTS = 8;

export function generatedName(engine: Engine, kind: ApiKind, namespace: string, generateName: string): string {
  const stream = engine.stream(`apiserver/names/${kind}/${namespace}/${generateName}`);
  return generateName.slice(0, MAX_NAME_LENGTH - SUFFIX_LENGTH) + drawnSuffix(stream, SUFFIX_LENGTH);
}
