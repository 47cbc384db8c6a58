/** Durations for people, in the two largest units. */

const UNITS = [
  ["year", 31_556_952_000],
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1_000],
] as const;

/** `24 years 30 days`, `1 minute 5 seconds`, `0.123 seconds`. */
export function durationText(ms: number): string {
  const size = Math.abs(ms);
  const sign = ms < 0 ? "-" : "";
  if (size < 1_000) return `${sign}${(size / 1_000).toFixed(3)} seconds`;
  const first = UNITS.findIndex(([, unitMs]) => size >= unitMs);
  const parts: string[] = [];
  let rest = size;
  for (const [unit, unitMs] of UNITS.slice(first, first + 2)) {
    const count = Math.floor(rest / unitMs);
    rest -= count * unitMs;
    if (count > 0) parts.push(`${count} ${unit}${count === 1 ? "" : "s"}`);
  }
  return sign + parts.join(" ");
}

export function ageText(ageMs: number): string {
  return ageMs < 0 ? `${durationText(-ageMs)} ahead of this clock` : `${durationText(ageMs)} old`;
}
