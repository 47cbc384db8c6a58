/**
 * Copies the needed columns of a row group into a local file, and checks their
 * pages first, by the code of the row path: claims, checksums, sizes after
 * decompression, runs, and the number of values. The engine notices none of
 * these for certain, and a page that the row path would refuse must not become
 * records.
 */
import { crc32 } from "node:zlib";
import { getMaxDefinitionLevel, getMaxRepetitionLevel } from "hyparquet/src/schema.js";
import type { Compressors } from "hyparquet-compressors";
import { messageOf } from "@trilane/write-through";
import { LoadError } from "../errors.ts";
import { ByteWindow, type ReadRange } from "../formats/parquet/byte-window.ts";
import type { LeafChunk, RowGroupPlace } from "../formats/parquet/footer.ts";
import { checkPageClaims, type PageLimits, readPageHead, valuesOf } from "../formats/parquet/page-header.ts";
import { checkPageRuns } from "../formats/parquet/page-runs.ts";
import { plainPage } from "../formats/parquet/plain-page.ts";
import { Turn } from "../formats/parquet/turn.ts";

export interface CopyOptions {
  readonly read: ReadRange;
  /** Writes bytes of the object at their position. */
  readonly write: (bytes: Uint8Array, position: number) => Promise<void>;
  readonly compressors: Compressors;
  readonly limits: PageLimits;
}

const WINDOW_BYTES = 4_194_304;
const PAGE_HEAD_BYTES = 4_096;
const PAGE_HEAD_BYTES_MAX = 16_777_216;

/** @throws RangeError that names what is damaged; LoadError of the object store */
export async function copyRowGroup(place: RowGroupPlace, options: CopyOptions): Promise<void> {
  for (const chunk of place.leaves.flat()) {
    try {
      await copyChunk(chunk, place.rows, options);
    } catch (error) {
      if (error instanceof LoadError) throw error;
      const at = `row group ${place.index}, the column "${chunk.path.join(".")}"`;
      throw new RangeError(`${at}: ${messageOf(error)}`, { cause: error });
    }
  }
}

async function copyChunk(chunk: LeafChunk, rows: number, options: CopyOptions): Promise<void> {
  const window = new ByteWindow({ read: options.read, range: chunk.bytes, windowBytes: WINDOW_BYTES });
  const turn = new Turn();
  let values = 0;
  while (values < rows && window.left > 1) {
    const position = window.position;
    const { head, bytes } = await nextPage(window, options.limits);
    values += checkPage(head.header, bytes, { chunk, options });
    await options.write(head.bytes, position);
    await options.write(bytes, position + head.bytes.length);
    await turn.give();
  }
  if (values !== rows) throw new RangeError(`it has ${values} values for ${rows} rows`);
}

type Header = NonNullable<ReturnType<typeof readPageHead>>["header"];

interface Page {
  readonly head: { readonly header: Header; readonly bytes: Uint8Array };
  readonly bytes: Uint8Array<ArrayBuffer>;
}

async function nextPage(window: ByteWindow, limits: PageLimits): Promise<Page> {
  for (let length = PAGE_HEAD_BYTES; ; length *= 4) {
    const held = await window.peek(length);
    const found = readPageHead(held);
    if (found !== null) {
      checkPageClaims(found.header, limits);
      const head = { header: found.header, bytes: held.slice(0, found.length) };
      window.skip(found.length);
      const bytes = await window.take(found.header.compressed_page_size);
      if (bytes === null) throw new RangeError("a page is cut off");
      return { head, bytes };
    }
    if (held.length >= window.left || length >= PAGE_HEAD_BYTES_MAX) throw new RangeError("a page header is cut off");
  }
}

/** The number of values of a page of data. */
function checkPage(
  header: Header,
  bytes: Uint8Array<ArrayBuffer>,
  { chunk, options }: { readonly chunk: LeafChunk; readonly options: CopyOptions },
): number {
  if (header.crc !== undefined && crc32(bytes) !== header.crc >>> 0) {
    throw new RangeError("a page differs from its checksum");
  }
  if (header.type === "INDEX_PAGE") return 0;
  const plain = plainPage(header, bytes, { codec: chunk.codec, compressors: options.compressors });
  if (header.type === "DICTIONARY_PAGE") return 0;
  const { schemaPath, type } = chunk;
  const levels = { repetition: getMaxRepetitionLevel(schemaPath), definition: getMaxDefinitionLevel(schemaPath) };
  checkPageRuns(plain, { levels, type, bytesMax: options.limits.parquetPageBytesMax });
  return valuesOf(header);
}
