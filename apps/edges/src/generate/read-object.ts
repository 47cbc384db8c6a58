/**
 * Reads an object as the batch lane does: it is recognised by its name and cut
 * into parts, which are read in their order.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import {
  type BadRow,
  formatOf,
  LoadError,
  type LoadLimits,
  loadLimitsDefaults,
  type ObjectBytes,
  openFormats,
  type RowPosition,
} from "@trilane/batch-loader/reading";
import { productWork } from "./product-work.ts";

export interface ReadOptions {
  /** The name ends in the kind of the content, such as `.csv.gz`. */
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly columnsNeeded: readonly string[];
  /** The number of bytes that come at once. */
  readonly chunkBytes: number;
  readonly limits?: Partial<LoadLimits>;
}

export interface ReadRow {
  readonly input: unknown;
  readonly position: RowPosition;
  readonly order: number;
}

export interface ReadObject {
  readonly rows: readonly ReadRow[];
  readonly bad: readonly BadRow[];
  /** The reason why the object, or a part of it, was refused; earlier rows may have been returned. */
  readonly refusal: LoadError | null;
}

export function readObject(options: ReadOptions): Promise<ReadObject> {
  return productWork(() => read(options));
}

async function read({ name, bytes, columnsNeeded, ...options }: ReadOptions): Promise<ReadObject> {
  const limits = { ...loadLimitsDefaults, ...options.limits };
  const found = formatOf(name);
  if (found === null) throw new TypeError(`no format is named ${name}`);
  const object = objectOf({ name, bytes, compression: found.compression, chunkBytes: options.chunkBytes });
  const rows: ReadRow[] = [];
  const bad: BadRow[] = [];
  try {
    const format = openFormats({ columnsNeeded, columnsTaken: null, limits })(found.format);
    for (const part of await format.plan(object)) {
      for await (const slice of part.rows(object)) {
        bad.push(...slice.bad);
        for (let index = 0; index < slice.inputs.length; index += 1) {
          const input = slice.inputs.at(index);
          rows.push({ input, position: slice.positionOf(index), order: slice.orderOf(index) });
        }
      }
    }
    return { rows, bad, refusal: null };
  } catch (error) {
    if (error instanceof LoadError) return { rows, bad, refusal: error };
    throw error;
  }
}

function objectOf({
  name,
  bytes,
  compression,
  chunkBytes,
}: {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly compression: ObjectBytes["compression"];
  readonly chunkBytes: number;
}): ObjectBytes {
  return {
    uri: `s3://generated/${name}`,
    size: bytes.length,
    compression,
    bytes: ({ start, end }) => Promise.resolve(new Uint8Array(bytes.slice(start, end))),
    stream: ({ start, end }) => chunksOf(bytes.subarray(start, end), chunkBytes),
  };
}

/** A socket gives other work its turn between chunks, so this source does as well, after some of them. */
const CHUNKS_PER_TURN = 16;

async function* chunksOf(bytes: Uint8Array, chunkBytes: number): AsyncGenerator<Uint8Array, void> {
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    if (at % (chunkBytes * CHUNKS_PER_TURN) === 0) await nextTurn();
    yield bytes.subarray(at, at + chunkBytes);
  }
}
