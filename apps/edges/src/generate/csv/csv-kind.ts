/** CSV: the generator knows the cells that it wrote, and so what each row has to be. */
import { edgeKind } from "../kind.ts";
import { gzipped } from "../gzip-members.ts";
import { mustEqual } from "../differs.ts";
import { readObject } from "../read-object.ts";
import { type CsvCase, csvCases, type CsvRow } from "./csv-case.ts";
import { type CsvText, csvText } from "./csv-text.ts";

type RightRow =
  | { readonly kind: "row"; readonly input: Readonly<Record<string, string>> }
  | { readonly kind: "bad"; readonly reason: "wrong-column-count" | "invalid-utf8" };

const REPLACEMENT = "\ufffd";

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
    columnsNeeded,
    chunkBytes,
    limits: { recordsPerSlice },
  });
  mustEqual("refusals", found.refusal?.message ?? null, null);
  const right = one.rows.map((row) => rightRow(one, row));
  const read = right.filter((_, index) => text.blank[index] !== true);
  const good = read.flatMap((row) => (row.kind === "row" ? [row.input] : []));
  const refused = read.flatMap((row) => (row.kind === "bad" ? [row.reason] : []));
  mustEqual(
    "rows",
    found.rows.map(({ input }) => input),
    good,
  );
  mustEqual(
    "reasons of refused rows",
    found.bad.map(({ reason }) => reason),
    refused,
  );
  checkOrders(
    found.rows.map(({ order }) => order),
    startsOf(right, text),
  );
}

function rightRow({ header }: CsvCase, { cells }: CsvRow): RightRow {
  if (cells.length !== header.cells.length) return { kind: "bad", reason: "wrong-column-count" };
  if (cells.some(({ isDamaged, text }) => isDamaged || text.includes(REPLACEMENT))) {
    return { kind: "bad", reason: "invalid-utf8" };
  }
  const pairs = cells.map(({ text }, index) => [header.cells[index]?.text ?? "", text] as const);
  return { kind: "row", input: Object.fromEntries(pairs) };
}

function startsOf(right: readonly RightRow[], { starts, blank }: CsvText): readonly number[] {
  return starts.filter((_, index) => blank[index] !== true && right[index]?.kind === "row");
}

/** A row's order is a byte at or before its first one, and behind the beginning of the row before. */
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
