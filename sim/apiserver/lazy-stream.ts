// A random stream that is made when it is first drawn from: most clients of constant latencies never draw.
import type { Engine } from "../engine/engine.ts";
import type { RandomStream } from "../engine/random.ts";

export function lazyStream(engine: Engine, path: string): RandomStream {
  let stream: RandomStream | null = null;
  const made = (): RandomStream => {
    stream ??= engine.stream(path);
    return stream;
  };
  return { next: () => made().next(), nextDouble: () => made().nextDouble(), int: (n) => made().int(n) };
}
