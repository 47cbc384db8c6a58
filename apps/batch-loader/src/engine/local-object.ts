/**
 * A local file that stands for an object: as long as the object, with its
 * footer and the columns that a load reads at their places, and holes
 * elsewhere. Holes take no space on the disk.
 */
import { type FileHandle, open } from "node:fs/promises";
import type { ObjectBytes } from "../formats/format.ts";
import { parquetCompressors } from "../formats/parquet/compressors.ts";
import type { PartLayout } from "../formats/parquet/part-layout.ts";
import { chunkBytesOf, rangesOf } from "../formats/parquet/parts.ts";
import { readAhead } from "../formats/parquet/read-ahead.ts";
import type { ReadRange } from "../formats/parquet/byte-window.ts";
import type { PageLimits } from "../formats/parquet/page-header.ts";
import { copyRowGroup } from "./copy-row-group.ts";

/** A part of at most this size is read by one request for each continuous range. */
const READ_AT_ONCE_BYTES_MAX = 8_388_608;
const MAGIC = Buffer.from("PAR1", "latin1");

export class LocalObject {
  readonly path: string;
  readonly #file: FileHandle;
  readonly #limits: PageLimits;
  #footer: Promise<void> | null = null;

  static async create(path: string, size: number, limits: PageLimits): Promise<LocalObject> {
    const file = await open(path, "w");
    await file.truncate(size);
    return new LocalObject(path, file, limits);
  }

  private constructor(path: string, file: FileHandle, limits: PageLimits) {
    this.path = path;
    this.#file = file;
    this.#limits = limits;
  }

  /** Copies the columns of a part. @throws RangeError that names what is damaged; LoadError of the object store */
  async add(object: ObjectBytes, { footer, rowGroups }: PartLayout): Promise<void> {
    await (this.#footer ??= this.#addFooter(object, footer));
    const direct: ReadRange = (range) => object.bytes(range);
    const isSmall = chunkBytesOf(rowGroups) <= READ_AT_ONCE_BYTES_MAX;
    const read = isSmall ? await readAhead(direct, rangesOf(rowGroups)) : direct;
    const compressors = parquetCompressors(this.#limits.parquetPageBytesMax);
    const write = (bytes: Uint8Array, position: number): Promise<void> => this.#write(bytes, position);
    for (const place of rowGroups) await copyRowGroup(place, { read, write, compressors, limits: this.#limits });
  }

  /** One failure is that of the parts that wait for it; the next part tries again. */
  async #addFooter(object: ObjectBytes, { bytes }: PartLayout["footer"]): Promise<void> {
    try {
      await this.#write(MAGIC, 0);
      await this.#write(await object.bytes(bytes), bytes.start);
    } catch (error) {
      this.#footer = null;
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async #write(bytes: Uint8Array, position: number): Promise<void> {
    let written = 0;
    while (written < bytes.length) {
      const { bytesWritten } = await this.#file.write(bytes, written, bytes.length - written, position + written);
      written += bytesWritten;
    }
  }
}
