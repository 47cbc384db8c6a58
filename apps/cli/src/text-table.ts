/** Aligns columns by the width that a terminal shows. */

const GAP = "  ";
const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });
/** The characters that a terminal shows in two columns: emoji and East Asian wide characters. */
const WIDE =
  /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u;

/** Rows of cells as lines; the last column is not padded. */
export function textTable(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, shownWidth(cell));
    });
  }
  return rows.map((row) => lineOf(row, widths)).join("\n");
}

export function shownWidth(text: string): number {
  let width = 0;
  for (const { segment } of segmenter.segment(text)) width += WIDE.test(segment) ? 2 : 1;
  return width;
}

function lineOf(row: readonly string[], widths: readonly number[]): string {
  const cells = row.map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - shownWidth(cell)));
  return cells.join(GAP).trimEnd();
}

export function indented(text: string): string {
  return text.replaceAll(/^/gm, GAP);
}
