/**
 * NDJSON: the generator knows exactly what it wrote, digit by digit. The right
 * result is the same, line by line, with its place.
 */
import { mustEqual } from "../differs.ts";
import { gzipped } from "../gzip-members.ts";
import { type CaseFile, edgeKind } from "../kind.ts";
import { readObject, type ReadObject } from "../read-object.ts";
import { DAMAGED_LINE, type JsonCase, jsonCases, type JsonLine, lineBytes } from "./json-case.ts";
import { jsonProblem } from "./json-problem.ts";

interface PlacedLine {
  readonly line: JsonLine;
  readonly startByte: number;
  /** From 1. */
  readonly number: number;
}

/** Such an object is refused as a whole, because it is not what its name says. */
const ARRAY_START = /^\ufeff?[ \t\n\v\f\r]*\[/;
const BYTE_ORDER_MARK = "\ufeff";

export const jsonKind = edgeKind<JsonCase>(
  "json",
  "NDJSON with numbers, escapes, blanks and flaws of all kinds; right is what the generator wrote, digit by digit",
  () => Promise.resolve({ cases: jsonCases, check: checkJson, fileOf }),
);

async function checkJson(one: JsonCase): Promise<void> {
  const { bytes, lines } = jsonText(one);
  const { gzipping, chunkBytes, recordsPerSlice, rangeBytes } = one;
  const found = await readObject({
    name: gzipping !== null && one.isNamedGzip ? "a.ndjson.gz" : "a.ndjson",
    bytes: gzipping === null ? bytes : gzipped(bytes, gzipping),
    columnsNeeded: [],
    chunkBytes,
    limits: { recordsPerSlice, recordsPerWrite: recordsPerSlice, ndjsonRangeBytes: rangeBytes },
  });
  if (ARRAY_START.test(bytes.toString("utf8"))) {
    mustEqual("the refusal of an array", found.refusal?.code ?? null, "OBJECT_UNREADABLE");
    return mustEqual("rows of an array", found.rows, []);
  }
  mustEqual("refusals", found.refusal?.message ?? null, null);
  const deep = deepRows(lines, found);
  checkRows(
    lines.filter(({ line }) => line.kind === "json" || deep.has(line)),
    found,
  );
  checkBad(
    lines.filter(({ line }) => isBad(line, deep)),
    found,
  );
}

/** A deep line may be read or refused, depending on the stack; it must be one of the two. */
function deepRows(lines: readonly PlacedLine[], { rows }: ReadObject): ReadonlySet<JsonLine> {
  const orders = new Set(rows.map(({ order }) => order));
  return new Set(
    lines.filter(({ line, startByte }) => line.kind === "deep" && orders.has(startByte)).map(({ line }) => line),
  );
}

function isBad(line: JsonLine, deep: ReadonlySet<JsonLine>): boolean {
  return line.kind === "broken" || line.kind === "damaged" || (line.kind === "deep" && !deep.has(line));
}

function checkRows(right: readonly PlacedLine[], { rows }: ReadObject): void {
  mustEqual(
    "places of rows",
    rows.map(({ order }) => order),
    right.map(({ startByte }) => startByte),
  );
  for (const [index, { line, startByte, number }] of right.entries()) {
    const row = rows[index];
    const { byteOffset = null, row: rowNumber } = row?.position ?? { row: 0 };
    if (byteOffset === null ? rowNumber !== number : byteOffset !== startByte) {
      throw new Error(`line ${number} at byte ${startByte} is said to be at ${JSON.stringify(row?.position)}`);
    }
    const problem = line.kind === "json" ? jsonProblem(line.node, row?.input) : null;
    if (problem !== null) throw new Error(`line ${number}: ${problem}`);
  }
}

function checkBad(right: readonly PlacedLine[], { bad }: ReadObject): void {
  const found = bad.map(({ reason, input }) => ({ reason, input }));
  mustEqual(
    "refused lines",
    found,
    right.map(({ line }) =>
      line.kind === "damaged"
        ? { reason: "invalid-utf8", input: new Uint8Array(DAMAGED_LINE) }
        : { reason: "invalid-json", input: lineBytes(line).toString("utf8") },
    ),
  );
}

function jsonText(one: JsonCase): { readonly bytes: Buffer; readonly lines: readonly PlacedLine[] } {
  const { lines, ends, isCut, hasByteOrderMark } = one;
  const parts: Buffer[] = [Buffer.from(hasByteOrderMark ? BYTE_ORDER_MARK : "")];
  let bytes = parts[0]?.length ?? 0;
  const placed = lines.map((line, index): PlacedLine => {
    // The line begins where the object begins, the mark belongs to it.
    const startByte = index === 0 ? 0 : bytes;
    const end = isCut && index === lines.length - 1 ? "" : (ends[index % ends.length] ?? "\n");
    const written = Buffer.concat([lineBytes(line), Buffer.from(end)]);
    parts.push(written);
    bytes += written.length;
    return { line: index === 0 && !hasByteOrderMark ? withoutMark(line) : line, startByte, number: index + 1 };
  });
  return { bytes: Buffer.concat(parts), lines: placed };
}

/** A first line of a mark alone is blank. */
function withoutMark(line: JsonLine): JsonLine {
  return line.kind === "broken" && line.text === BYTE_ORDER_MARK ? { kind: "blank", text: "" } : line;
}

function fileOf(one: JsonCase): CaseFile {
  return { extension: "ndjson", bytes: jsonText(one).bytes };
}
