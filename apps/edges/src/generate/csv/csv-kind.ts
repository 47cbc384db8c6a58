/**
 * CSV: the generator knows the cells that it wrote, and so the right result of
 * each row.
 */
import { edgeKind } from "../kind.ts";
import { gzipped } from "../gzip-members.ts";
import { mustEqual } from "../differs.ts";
import { readObject } from "../read-object.ts";
import { type CsvCase, csvCases, type CsvCell, type CsvRow } from "./csv-case.ts";
import { type CsvText, csvText, DAMAGE } from "./csv-text.ts";

type RightRow =
  | { readonly kind: "row"; readonly input: Readonly<Record<string, string>> }
  | {
      readonly kind: "bad";
      readonly reason: "wrong-column-count" | "invalid-utf8";
      readonly input: readonly (string | Uint8Array)[];
    };

const ABSENT = "absent";

export const csvKind = edgeKind<CsvCase>(
  "csv",
  "CSV in all dialects; right is what the generator wrote into the cells",
  () => Promise.resolve({ cases: csvCases, check: checkCsv, fileOf }),
);

async function checkCsv(one: CsvCase): Promise<void> {
  const text = csvText(one);
  const { columnsNeeded, chunkBytes, recordsPerSlice } = one;
  const found = await readObject({
    name: one.gzipping === null ? "a.csv" : "a.csv.gz",
    bytes: one.gzipping === null ? text.bytes : gzipped(text.bytes, one.gzipping),
    columnsNeeded: one.flaw === "missing column" ? [...columnsNeeded, ABSENT] : columnsNeeded,
    chunkBytes,
    limits: { recordsPerSlice },
  });
  mustEqual("refusals", found.refusal?.code ?? null, one.flaw === null ? null : "OBJECT_UNREADABLE");
  const right = one.rows.map((row) => rightRow(one, row));
  const read = right.filter((_, index) => text.blank[index] !== true);
  const good = read.flatMap((row) => (row.kind === "row" ? [row.input] : []));
  const refused = read.flatMap((row) => (row.kind === "bad" ? [{ reason: row.reason, input: row.input }] : []));
  const inputs = found.rows.map(({ input }) => input);
  const bad = found.bad.map(({ reason, input }) => ({ reason, input }));
  // The rows before the flaw of a refused object may already be there.
  const isWhole = one.flaw === null;
  mustEqual("rows", inputs, isWhole ? good : good.slice(0, inputs.length));
  mustEqual("refused rows", bad, isWhole ? refused : refused.slice(0, bad.length));
  checkOrders(
    found.rows.map(({ order }) => order),
    startsOf(right, text),
  );
}

function rightRow({ header }: CsvCase, { cells }: CsvRow): RightRow {
  const input = cells.map(fieldOf);
  if (cells.length !== header.cells.length) return { kind: "bad", reason: "wrong-column-count", input };
  if (cells.some(({ isDamaged }) => isDamaged)) return { kind: "bad", reason: "invalid-utf8", input };
  const pairs = cells.map(({ text }, index) => [header.cells[index]?.text ?? "", text] as const);
  return { kind: "row", input: Object.fromEntries(pairs) };
}

/** A field that is no UTF-8 is kept as the bytes that came. */
function fieldOf({ text, isDamaged }: CsvCell): string | Uint8Array {
  return isDamaged ? new Uint8Array([...Buffer.from(text), DAMAGE]) : text;
}

function startsOf(right: readonly RightRow[], { starts, blank }: CsvText): readonly number[] {
  return starts.filter((_, index) => blank[index] !== true && right[index]?.kind === "row");
}

/** A row's order is a byte at or before its first one, and after the beginning of the row before. */
function checkOrders(orders: readonly number[], starts: readonly number[]): void {
  for (const [index, order] of orders.entries()) {
    const start = starts[index] ?? 0;
    const before = starts[index - 1] ?? -1;
    if (order > start || order <= before) {
      throw new Error(`row ${index} begins at byte ${start}, the one before at ${before}: its order is ${order}`);
    }
  }
}

function fileOf(one: CsvCase): { readonly extension: string; readonly bytes: Uint8Array } {
  return { extension: "csv", bytes: csvText(one).bytes };
}
