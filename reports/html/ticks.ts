// Where an axis has its marks: round numbers, and for times the steps that clocks have.

const CLOCK_STEPS: readonly number[] = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800,
];

/** The smallest round step (1, 2 or 5 times a power of ten) with at most so many of them up to the value. */
export function roundStep(top: number, most: number): number {
  for (let power = -6; power < 21; power++) {
    // as a literal: powers that are computed are a little off
    for (const factor of [1, 2, 5]) if (top / Number(`${factor}e${power}`) <= most) return Number(`${factor}e${power}`);
  }
  return top;
}

/** An axis from 0: its end, and its marks. */
export function axis(most: number, marks = 4): { readonly top: number; readonly ticks: readonly number[] } {
  const top = most > 0 ? most : 1;
  const step = roundStep(top, marks);
  const count = Math.ceil(top / step - 1e-9);
  return { top: count * step, ticks: Array.from({ length: count + 1 }, (_, i) => i * step) };
}

/** Marks of a time axis from 0 to the end, in seconds. */
export function clockTicks(endSeconds: number, most = 8): readonly number[] {
  if (!(endSeconds > 0)) return [0];
  const step =
    CLOCK_STEPS.find((seconds) => endSeconds / seconds <= most) ?? roundStep(endSeconds / 86_400, most) * 86_400;
  return Array.from({ length: Math.floor(endSeconds / step) + 1 }, (_, i) => i * step);
}
