/** Footers of the Parquet objects under way: read once for neighbouring units, and never many at a time. */
import { LoadError } from "../../errors.ts";
import type { LoadLimits } from "../../limits.ts";
import type { ObjectReader } from "../../s3/object-reader.ts";
import { type ParquetFooter, readFooter } from "./footer.ts";
import { type SourceObject, uriOf } from "../../s3/source-object.ts";

const FOOTERS_MAX = 4;

export class FooterCache {
  readonly #reader: ObjectReader;
  readonly #limits: LoadLimits;
  readonly #footers = new Map<string, Promise<ParquetFooter>>();

  constructor(reader: ObjectReader, limits: LoadLimits) {
    this.#reader = reader;
    this.#limits = limits;
  }

  /** The footer, kept for the units to come. */
  async get(object: SourceObject, signal?: AbortSignal): Promise<ParquetFooter> {
    const uri = uriOf(object);
    const known = this.#footers.get(uri);
    if (known !== undefined) return known;
    const footer = this.read(object, signal);
    this.#footers.set(uri, footer);
    const [oldest] = this.#footers.keys();
    if (this.#footers.size > FOOTERS_MAX && oldest !== undefined) this.#footers.delete(oldest);
    try {
      return await footer;
    } catch (error) {
      // What is wrong with the object stays wrong; what was wrong with the way to it may not.
      if (!(error instanceof LoadError) || error.retryable) this.#footers.delete(uri);
      throw error;
    }
  }

  /** The footer, not kept. */
  read(object: SourceObject, signal?: AbortSignal): Promise<ParquetFooter> {
    return readFooter({
      object: uriOf(object),
      size: object.size,
      footerBytesMax: this.#limits.parquetFooterBytesMax,
      read: (range) => this.#reader.bytes(object, range, signal),
    });
  }
}
