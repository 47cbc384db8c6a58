/**
 * Copies the needed columns of a row group into a local file, and checks their
 * pages first, by the code of the row path: claims, checksums, sizes after
 * decompression, runs, and the number of values. The engine notices none of
 * these for certain, and a page that the row path would refuse must not become
 * records.
 */
import { getMaxDefinitionLevel, getMaxRepetitionLevel } from "hyparquet/src/schema.js";
import type { Compressors } from "hyparquet-compressors";
import { messageOf } from "@trilane/write-through";
import { LoadError } from "../errors.ts";
import { ByteWindow, type ReadRange } from "../formats/parquet/byte-window.ts";
import type { LeafChunk, RowGroupPlace } from "../formats/parquet/footer.ts";
import { type ColumnPage, nextPage } from "../formats/parquet/next-page.ts";
import { type PageLimits, valuesOf } from "../formats/parquet/page-header.ts";
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
    const page = await nextPage(window, { start: chunk.bytes.start, limits: options.limits });
    values += checkPage(page, chunk, options);
    await options.write(page.headBytes, position);
    await options.write(page.bytes, position + page.headBytes.length);
    await turn.give();
  }
  if (values !== rows) throw new RangeError(`it has ${values} values for ${rows} rows`);
}

/** The number of values of a page of data. */
function checkPage({ header, bytes }: ColumnPage, chunk: LeafChunk, { compressors, limits }: CopyOptions): number {
  if (header.type === "INDEX_PAGE") return 0;
  const plain = plainPage(header, bytes, { codec: chunk.codec, compressors });
  if (header.type === "DICTIONARY_PAGE") return 0;
  const { schemaPath, type } = chunk;
  const levels = { repetition: getMaxRepetitionLevel(schemaPath), definition: getMaxDefinitionLevel(schemaPath) };
  checkPageRuns(plain, { levels, type, bytesMax: limits.parquetPageBytesMax });
  return valuesOf(header);
}
