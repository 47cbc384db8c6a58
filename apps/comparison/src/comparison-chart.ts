/**
 * Draws the figures of a comparison as bars on a logarithmic scale, as SVG.
 * Such a scale has no zero, so zero has a place of its own at the left, and is
 * written as 0. All colours have a middle brightness, so that they are readable
 * on light and on dark backgrounds.
 */
import type { Compared } from "./comparison-report.ts";
import type { RunFigures } from "./run-approach.ts";

const COLOURS = {
  text: "#757e88",
  line: "#8b949e",
  calm: "#bf8700",
  faulty: "#cf4a3c",
  failover: "#8f67c9",
  zero: "#2da44e",
};
const FONT = "ui-sans-serif, system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif";

const WIDTH = 860;
const TOP = 78;
const BAR = 15;
const BAR_STEP = BAR + 2;
const ROW = 3 * BAR_STEP + 18;
/** The positions of zero, one and a million. */
const ZERO_X = 210;
const ONE_X = 235;
const MILLION_X = 745;
const DECADES = 6;

export function comparisonChart(all: readonly Compared[], footnote: string): string {
  const height = TOP + all.length * ROW + 64;
  const bottom = TOP + all.length * ROW;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title" font-family="${FONT}" font-size="13" fill="${COLOURS.text}">`,
    `<title id="title">${escape(titleOf(all))}</title>`,
    `<text x="16" y="26" font-size="16" font-weight="600">Wrong reads per million, logarithmic</text>`,
    legend(16, 46, COLOURS.calm, "no faults, only concurrency"),
    legend(230, 46, COLOURS.faulty, "the same load with faults"),
    legend(430, 46, COLOURS.failover, "the same load with failovers of the cache"),
    ...axis(bottom),
    ...all.flatMap((compared, index) => rowOf(compared, TOP + index * ROW)),
    `<text x="16" y="${height - 14}" font-size="12">${escape(footnote)}</text>`,
    "</svg>",
  ].join("\n")}\n`;
}

function titleOf(all: readonly Compared[]): string {
  const each = all.map(
    ({ approach, calm, faulty, failover }) =>
      `${approach}: ${whole(calm.wrongPerMillion)} without faults, ${whole(faulty.wrongPerMillion)} with faults, ${whole(failover.wrongPerMillion)} with failovers`,
  );
  return `Wrong reads per million. ${each.join("; ")}`;
}

function legend(x: number, y: number, colour: string, text: string): string {
  return `<rect x="${x}" y="${y - 10}" width="12" height="12" rx="2" fill="${colour}"/><text x="${x + 18}" y="${y}">${text}</text>`;
}

function axis(bottom: number): readonly string[] {
  const tick = (position: number, text: string): string => {
    const x = position.toFixed(1);
    return (
      `<line x1="${x}" y1="${TOP - 6}" x2="${x}" y2="${bottom}" stroke="${COLOURS.line}" stroke-opacity="0.35"/>` +
      `<text x="${x}" y="${bottom + 17}" text-anchor="middle" font-size="12">${text}</text>`
    );
  };
  const decades = Array.from({ length: DECADES + 1 }, (_, power) => tick(positionOf(10 ** power), whole(10 ** power)));
  return [tick(ZERO_X, "0"), ...decades];
}

function rowOf({ approach, calm, faulty, failover }: Compared, y: number): readonly string[] {
  return [
    `<text x="${ZERO_X - 14}" y="${y + BAR_STEP + BAR / 2 + 4.5}" text-anchor="end" font-weight="600">${escape(approach)}</text>`,
    barOf(calm, y, COLOURS.calm),
    barOf(faulty, y + BAR_STEP, COLOURS.faulty),
    barOf(failover, y + 2 * BAR_STEP, COLOURS.failover),
  ];
}

function barOf({ wrongPerMillion, wrongReads, reads }: RunFigures, y: number, colour: string): string {
  const middle = y + BAR / 2 + 4.5;
  if (wrongReads === 0) {
    return (
      `<circle cx="${ZERO_X}" cy="${y + BAR / 2}" r="4.5" fill="${COLOURS.zero}"/>` +
      `<text x="${ZERO_X + 12}" y="${middle}" font-weight="600" fill="${COLOURS.zero}">0</text>` +
      `<text x="${ZERO_X + 26}" y="${middle}" font-size="12">of ${whole(reads)} reads</text>`
    );
  }
  const end = positionOf(wrongPerMillion);
  return (
    `<rect x="${ZERO_X}" y="${y}" width="${(end - ZERO_X).toFixed(1)}" height="${BAR}" rx="2" fill="${colour}"/>` +
    `<text x="${(end + 7).toFixed(1)}" y="${middle}">${whole(wrongPerMillion)}</text>`
  );
}

/** A value below one per million is drawn at one. */
function positionOf(perMillion: number): number {
  return ONE_X + (Math.log10(Math.max(1, perMillion)) / DECADES) * (MILLION_X - ONE_X);
}

function whole(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
