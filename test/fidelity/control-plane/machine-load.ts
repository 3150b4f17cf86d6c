// When the recorded machine had nothing left. The load class of a recording is that of the mean; it can be quiet for long and saturated while
// it matters, and then steps of control loops are late.

export interface LoadSample {
  /** The end of the five seconds that it is about. */
  readonly t: number;
  /** Used of both processors. */
  readonly machineCpu?: number;
}

const SATURATED = 0.98;

export class MachineLoad {
  private readonly samples: readonly LoadSample[];

  /** @param samples in order of time */
  constructor(samples: readonly LoadSample[]) {
    this.samples = samples;
  }

  /** Share of the time in which it had nothing left. */
  get saturatedShare(): number {
    if (this.samples.length === 0) return 0;
    return this.samples.filter(isSaturated).length / this.samples.length;
  }

  /** Had it nothing left at this instant, or in the five seconds before those? What is late then shows a little later. */
  wasSaturatedAt(t: number): boolean {
    const found = this.samples.findIndex((sample) => sample.t >= t);
    const i = found < 0 ? this.samples.length - 1 : found;
    return [this.samples[i], this.samples[i - 1]].some((sample) => sample !== undefined && isSaturated(sample));
  }
}

function isSaturated({ machineCpu }: LoadSample): boolean {
  return (machineCpu ?? 0) >= SATURATED;
}
