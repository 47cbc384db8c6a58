/** Rows that are read quickly are the library's rows: in random texts of the bytes that matter, broken ones among them. */
import { parse } from "csv-parse/sync";
import { expect, test } from "vitest";
import { csvRows } from "../../../src/formats/csv/rows.ts";
import { quickRow } from "../../../src/formats/csv/quick-rows.ts";

const PIECES = ["a", "bc", ",", ",", '"', '"', '""', "\n", "\r\n", "\r\r\n", "\r", "é", " ", "\0"];
const TEXTS = 1_500;
const SEED = 7;
const OPTIONS = { object: "s3://b/o", columnsNeeded: [], recordsPerSlice: 1_000, sliceBytesMax: 1e6 };
const RECORD_BYTES_MAX = 40;

interface Read {
  readonly rows: readonly (readonly [line: number, order: number, fields: readonly string[]])[];
  /** The line of the fault that ends the text, and its code. */
  readonly fault: string | null;
}

test(`every row has the fields, the line and the position that the library gives it, seed ${SEED}`, async () => {
  const random = numbersFrom(SEED);
  for (let index = 0; index < TEXTS; index += 1) {
    const body = Array.from({ length: 1 + (random() % 25) }, () => PIECES[random() % PIECES.length]).join("");
    const bytes = Buffer.from(`x,y\n${body}`);
    const found = await read(bytes, 1 + (random() % 12));
    expect(found, `text ${index}: ${JSON.stringify(body)}`).toEqual(byLibrary(bytes));
  }
});

test("a row that is broken, open, or not ended by a newline is left to the library", () => {
  expect(quickRow("a,b\r\nc", 0, ",")).toEqual({ fields: ["a", "b"], end: 5, breaks: 0 });
  expect(quickRow('"a\n""b"",",c\n', 0, ",")).toEqual({ fields: ['a\n"b",', "c"], end: 13, breaks: 1 });
  expect(quickRow("a,b", 0, ",")).toBe("open");
  expect(quickRow('"a,b\n', 0, ",")).toBe("open");
  expect(quickRow('a"b,c\n', 0, ",")).toBe("other");
  expect(quickRow('"a"b,c\n', 0, ",")).toBe("other");
});

async function read(bytes: Buffer, chunkBytes: number): Promise<Read> {
  const rows: (readonly [number, number, readonly string[]])[] = [];
  try {
    for await (const slice of csvRows(chunked(bytes, chunkBytes), { ...OPTIONS, recordBytesMax: RECORD_BYTES_MAX })) {
      for (let at = 0; at < slice.inputs.length; at += 1) {
        const input = slice.inputs.at(at) as Record<string, string>;
        rows.push([slice.positionOf(at).row, slice.orderOf(at), Object.values(input)]);
      }
    }
    return { rows, fault: null };
  } catch (error) {
    const [fault = String(error)] = /[A-Z_]{8,} at line \d+/.exec(String(error)) ?? [];
    return { rows, fault };
  }
}

/** Rows of another number of fields than the header's are refused, and are not compared here. */
function byLibrary(bytes: Buffer): Read {
  const rows: (readonly [number, number, readonly string[]])[] = [];
  let end = 0;
  let isHeader = true;
  try {
    parse(bytes, {
      encoding: "utf8",
      record_delimiter: ["\r\r\n", "\r\n", "\n"],
      relax_column_count: true,
      skip_empty_lines: true,
      max_record_size: RECORD_BYTES_MAX,
      on_record: (fields: string[], info: { readonly lines: number; readonly bytes: number }): null => {
        if (!isHeader && fields.length === 2) rows.push([info.lines, end, fields]);
        isHeader = false;
        end = info.bytes;
        return null;
      },
    });
    return { rows, fault: null };
  } catch (error) {
    const { code, lines } = error as { readonly code: string; readonly lines: number };
    return { rows: [], fault: `${code} at line ${lines}` };
  }
}

async function* chunked(bytes: Buffer, size: number): AsyncGenerator<Uint8Array, void> {
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
}

function numbersFrom(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) >>> 8;
}
