// How the processes of a pod behave, as its annotations say: `kubedrill.io/<key>`, or `kubedrill.io/<key>.<container>` for one of its
// containers. Times are seconds: a number, `uniform:a:b`, or `never`. What is drawn belongs to the pod: its stream is named by its uid,
// so that it behaves alike wherever and whenever it runs.
import { type Distribution, sample } from "../engine/distributions.ts";
import { createStream } from "../engine/random.ts";
import { BEHAVIOUR_PREFIX, RUN_MICROS_ANNOTATION } from "../model/annotations.ts";
import type { Pod } from "../model/objects.ts";
import { parseQuantity } from "../model/quantity.ts";

const NEVER = Number.POSITIVE_INFINITY;
const NANO = 1_000_000_000;
const COMPLETION_INDEX = "batch.kubernetes.io/job-completion-index";

/** What a setting can say: seconds. */
type Setting = Distribution | "never";

export class Behaviour {
  private readonly seed: string | number;
  // annotations are shared by the pods of a template only in part, so texts are what is remembered
  private readonly settings = new Map<string, Setting | null>();

  constructor(seed: string | number) {
    this.seed = seed;
  }

  /** The text of a setting; of the container if it has one of its own. */
  text(pod: Pod, key: string, container?: string): string | undefined {
    const { annotations } = pod.metadata;
    if (annotations == null) return undefined;
    const own = container === undefined ? undefined : annotations[`${BEHAVIOUR_PREFIX}${key}.${container}`];
    return own ?? annotations[`${BEHAVIOUR_PREFIX}${key}`];
  }

  /**
   * A time in microseconds; Infinity = never.
   *
   * @param turn tells draws of one purpose apart, such as the number of the start
   */
  micros(pod: Pod, key: string, container: string | undefined, fallbackMicros: number, turn = 0): number {
    const text = this.text(pod, key, container);
    if (text === undefined) return fallbackMicros;
    const setting = this.setting(text);
    if (setting === null) return fallbackMicros;
    if (setting === "never") return NEVER;
    if (setting.kind === "constant") return Math.round(setting.value * 1e6);
    const stream = createStream(
      this.seed,
      `pod/${pod.metadata.uid ?? ""}/${key}/${container ?? ""}${turn === 0 ? "" : `/${turn}`}`,
    );
    return Math.max(0, Math.round(sample(setting, stream) * 1e6));
  }

  /** Is it said of this container by name? */
  hasOwn(pod: Pod, key: string, container: string): boolean {
    return pod.metadata.annotations?.[`${BEHAVIOUR_PREFIX}${key}.${container}`] !== undefined;
  }

  has(pod: Pod, key: string, container?: string): boolean {
    return this.text(pod, key, container) !== undefined;
  }

  /** A quantity such as 250m or 64Mi, in its base unit times `scale`. */
  amount(pod: Pod, key: string, container: string | undefined, scale: number): number | undefined {
    const text = this.text(pod, key, container);
    if (text === undefined) return undefined;
    const plain = Number(text);
    if (Number.isFinite(plain)) return plain * scale;
    const nanos = Number(parseQuantity(text));
    return (nanos / NANO) * scale;
  }

  /** How long the container runs before it exits by itself. */
  runMicros(pod: Pod, container: string, turn: number): number {
    const source = pod.metadata.annotations?.[RUN_MICROS_ANNOTATION];
    return this.micros(pod, "run", container, source === undefined ? NEVER : Number(source), turn);
  }

  /** What it exits with. */
  exitCode(pod: Pod, container: string, turn: number): number {
    const index = pod.metadata.annotations?.[COMPLETION_INDEX] ?? pod.metadata.labels?.[COMPLETION_INDEX];
    const failing = this.text(pod, "fail-indexes", container);
    if (failing !== undefined && index !== undefined && isListed(failing, Number(index))) return 1;
    const share = this.text(pod, "fail-frac", container);
    if (share !== undefined) {
      const stream = createStream(this.seed, `pod/${pod.metadata.uid ?? ""}/fail/${turn}`);
      if (stream.nextDouble() < Number(share)) return 1;
    }
    return Number(this.text(pod, "exit", container) ?? 0);
  }

  /** How long an init container runs; what is said of the pod's own containers does not count for it. */
  initMicros(pod: Pod, container: string, fallbackMicros: number): number {
    const own = pod.metadata.annotations?.[`${BEHAVIOUR_PREFIX}run.${container}`];
    return own === undefined
      ? this.micros(pod, "init", container, fallbackMicros)
      : this.micros(pod, "run", container, fallbackMicros);
  }

  initExitCode(pod: Pod, container: string, turn: number): number {
    const failures = Number(this.text(pod, "init-failures", container) ?? 0);
    if (turn < failures) return 1;
    return Number(pod.metadata.annotations?.[`${BEHAVIOUR_PREFIX}exit.${container}`] ?? 0);
  }

  private setting(text: string): Setting | null {
    let setting = this.settings.get(text);
    if (setting === undefined) {
      setting = parseSetting(text);
      this.settings.set(text, setting);
    }
    return setting;
  }
}

/** The setting that a text means, in seconds; null when it means none. */
export function parseSetting(text: string): Setting | null {
  if (text === "never" || text === "forever") return "never";
  const uniform = /^uniform:([\d.]+):([\d.]+)$/.exec(text);
  if (uniform !== null) return { kind: "uniform", min: Number(uniform[1]), max: Number(uniform[2]) };
  const value = text.trim() === "" ? Number.NaN : Number(text);
  return Number.isFinite(value) && value >= 0 ? { kind: "constant", value } : null;
}

// "1,3,5-7"
function isListed(list: string, index: number): boolean {
  return list.split(",").some((part) => {
    const [first, last] = part.split("-").map(Number) as [number, number | undefined];
    return index >= first && index <= (last ?? first);
  });
}
