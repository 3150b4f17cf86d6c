// Durations as Go writes them in messages.

/** "10s", "1m20s", "5m0s", "1.5s", "350ms". @param micros not negative */
export function seconds(micros: number): string {
  if (micros < 1_000_000) return micros < 1000 ? `${micros}µs` : `${trimmed(micros / 1000)}ms`;
  const whole = Math.floor(micros / 60_000_000);
  const rest = trimmed((micros - whole * 60_000_000) / 1_000_000);
  if (whole === 0) return `${rest}s`;
  const hours = Math.floor(whole / 60);
  return hours === 0 ? `${whole}m${rest}s` : `${hours}h${whole - hours * 60}m${rest}s`;
}

function trimmed(value: number): string {
  return String(Math.round(value * 1000) / 1000);
}
