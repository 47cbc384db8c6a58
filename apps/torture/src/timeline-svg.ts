/**
 * Draws one loss of the cache: acknowledged writes, read latency and the cache
 * epoch, over the seconds around it. Writes come in bursts of very different
 * size, so the scales are logarithmic. Text stays text, and the colours are
 * readable on light and dark backgrounds.
 */
import type { History } from "@trilane/verification/history";
import type { CausedFault } from "./faults/fault-log.ts";
import type { SeenCacheEpoch } from "./cache-epoch-watch.ts";

export interface TimelineOptions {
  readonly history: History;
  /** Nanoseconds of the machine's clock at the zero of the history. */
  readonly originNs: number;
  readonly cacheEpochs: readonly SeenCacheEpoch[];
  /** The fault, with times of the same clock. */
  readonly fault: CausedFault;
}

const NS_PER_MS = 1e6;
const BUCKET_MS = 200;
const BEFORE_MS = 6_000;
const AFTER_MS = 16_000;
const BUCKETS = (BEFORE_MS + AFTER_MS) / BUCKET_MS;
const WIDTH = 760;
const LEFT = 70;
const PANEL_WIDTH = WIDTH - LEFT - 20;
const PANEL_HEIGHT = 90;
const HIGH_SHARE = 0.99;
const INK = "#6b7280";
/** Time until the load is under way. */
const START_MS = 15_000;
const COLOURS: Readonly<Record<string, string>> = { on: "#16a34a", warm: "#d97706", off: "#dc2626" };

/**
 * The loss to draw: of the failovers, or of all losses where there was none, the one with the longest time to the next
 * loss and since the last one. Undefined where there was no loss.
 */
export function pickShownFault(caused: readonly CausedFault[], originNs: number): CausedFault | undefined {
  const roomOf = (fault: CausedFault): number => {
    const index = caused.indexOf(fault);
    const beforeNs = fault.atNs - (caused[index - 1]?.atNs ?? originNs + START_MS * NS_PER_MS);
    const afterNs = (caused[index + 1]?.atNs ?? Infinity) - fault.atNs;
    return Math.min(beforeNs / NS_PER_MS, BEFORE_MS) + Math.min(afterNs / NS_PER_MS, AFTER_MS);
  };
  const failovers = caused.filter(({ kind }) => kind.includes("failover"));
  const candidates = failovers.length > 0 ? failovers : caused;
  return candidates.toSorted((a, b) => roomOf(b) - roomOf(a))[0];
}

export function timelineSvg(options: TimelineOptions): string {
  const { fault } = options;
  const { writes, latenciesMs } = bucketsOf(options);
  const perSecond = writes.map((count) => (count * 1_000) / BUCKET_MS);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} 360" font-family="system-ui, sans-serif" font-size="12" fill="${INK}" role="img">`,
    `<title>${escaped(fault.kind)}: writes, reads and the cache epoch around it</title>`,
    `<text x="${LEFT}" y="18" font-size="14">${escaped(fault.kind)}</text>`,
    panel({ y: 40, title: "acknowledged writes per second, logarithmic", values: perSecond, colour: "#2563eb" }),
    panel({
      y: 165,
      title: "read latency in ms, 99th percentile, logarithmic",
      values: latenciesMs,
      colour: "#9333ea",
    }),
    cacheEpochBand(options, 290),
    ...Array.from({ length: (BEFORE_MS + AFTER_MS) / 2_000 + 1 }, (_, index) => {
      const ms = index * 2_000 - BEFORE_MS;
      return `<text x="${xOf(ms).toFixed(1)}" y="345" text-anchor="middle">${ms / 1_000} s</text>`;
    }),
    `<line x1="${xOf(0).toFixed(1)}" x2="${xOf(0).toFixed(1)}" y1="28" y2="328" stroke="${COLOURS["off"]}" stroke-dasharray="3 3"/>`,
    "</svg>",
    "",
  ].join("\n");
}

function bucketsOf({ history, originNs, fault }: TimelineOptions): {
  readonly writes: readonly number[];
  readonly latenciesMs: readonly number[];
} {
  const writes = new Array<number>(BUCKETS).fill(0);
  const reads: number[][] = Array.from({ length: BUCKETS }, () => []);
  for (let index = 0; index < history.length; index += 1) {
    const returned = history.returnOf(index);
    if (returned === Infinity) continue;
    const ms = (originNs + returned - fault.atNs) / NS_PER_MS + BEFORE_MS;
    const bucket = Math.floor(ms / BUCKET_MS);
    if (bucket < 0 || bucket >= BUCKETS) continue;
    if (history.isWrite(index)) writes[bucket] = (writes[bucket] ?? 0) + 1;
    else reads[bucket]?.push((returned - history.invokeOf(index)) / NS_PER_MS);
  }
  return { writes, latenciesMs: reads.map(highOf) };
}

function highOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * HIGH_SHARE))] ?? 0;
}

function panel(options: {
  readonly y: number;
  readonly title: string;
  readonly values: readonly number[];
  readonly colour: string;
}): string {
  const { y, title, values, colour } = options;
  const decades = Math.max(1, Math.ceil(Math.log10(Math.max(1, ...values))));
  const step = PANEL_WIDTH / BUCKETS;
  /** The value 0 has no height; 1 has some. */
  const heightOf = (value: number): number => (Math.log10(1 + value) / Math.log10(1 + 10 ** decades)) * PANEL_HEIGHT;
  const bars = values.map((value, index) => {
    const height = heightOf(value);
    return `<rect x="${(LEFT + index * step).toFixed(1)}" y="${(y + PANEL_HEIGHT - height).toFixed(1)}" width="${(step - 0.6).toFixed(1)}" height="${height.toFixed(1)}"/>`;
  });
  return [
    `<text x="${LEFT}" y="${y - 5}">${escaped(title)}</text>`,
    ...[0, ...Array.from({ length: decades }, (_, power) => 10 ** (power + 1))].map((value) =>
      gridLine(y + PANEL_HEIGHT - heightOf(value), value),
    ),
    `<g fill="${colour}">${bars.join("")}</g>`,
  ].join("\n");
}

function gridLine(y: number, value: number): string {
  return (
    `<text x="${LEFT - 8}" y="${(y + 4).toFixed(1)}" text-anchor="end" font-size="9">${value}</text>` +
    `<line x1="${LEFT}" x2="${LEFT + PANEL_WIDTH}" y1="${y.toFixed(1)}" y2="${y.toFixed(1)}" stroke="${INK}" stroke-opacity="${value === 0 ? 1 : 0.25}"/>`
  );
}

/** Each cache epoch from the moment when it was seen to the next one. */
function cacheEpochBand({ cacheEpochs, fault }: TimelineOptions, y: number): string {
  const spans = cacheEpochs.flatMap((cacheEpoch, index) => {
    const from = clamped((cacheEpoch.atNs - fault.atNs) / NS_PER_MS);
    const to = clamped(((cacheEpochs[index + 1]?.atNs ?? Infinity) - fault.atNs) / NS_PER_MS);
    const width = xOf(to) - xOf(from);
    if (width <= 0) return [];
    const label = width < 60 ? "" : `${cacheEpoch.mode}, epoch ${cacheEpoch.epoch}`;
    return [
      `<rect x="${xOf(from).toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="26" fill="${COLOURS[cacheEpoch.mode] ?? INK}"/>`,
      `<text x="${(xOf(from) + 6).toFixed(1)}" y="${y + 17}" fill="#ffffff">${label}</text>`,
    ];
  });
  return `<text x="${LEFT}" y="${y - 5}">cache epoch</text>${spans.join("\n")}`;
}

function clamped(ms: number): number {
  return Math.min(AFTER_MS, Math.max(-BEFORE_MS, ms));
}

/** Milliseconds from the fault. */
function xOf(ms: number): number {
  return LEFT + ((ms + BEFORE_MS) / (BEFORE_MS + AFTER_MS)) * PANEL_WIDTH;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
