/**
 * Footers of the Parquet objects under way. Each is read once for neighbouring
 * row groups, and only a few are kept at a time.
 */
import { LoadError } from "../../errors.ts";
import type { FormatOptions, ObjectBytes } from "../format.ts";
import { type ParquetFooter, readFooter } from "./footer.ts";

const FOOTERS_MAX = 4;

type FooterCacheOptions = Pick<FormatOptions, "limits" | "columnsTaken">;

export class FooterCache {
  readonly #options: FooterCacheOptions;
  readonly #footers = new Map<string, Promise<ParquetFooter>>();

  constructor(options: FooterCacheOptions) {
    this.#options = options;
  }

  /** The footer, which is kept for later row groups. */
  async get(object: ObjectBytes): Promise<ParquetFooter> {
    const { uri } = object;
    const known = this.#footers.get(uri);
    if (known !== undefined) return known;
    const footer = this.read(object);
    this.#footers.set(uri, footer);
    const [oldest] = this.#footers.keys();
    if (this.#footers.size > FOOTERS_MAX && oldest !== undefined) this.#footers.delete(oldest);
    try {
      return await footer;
    } catch (error) {
      // A fault of the object is permanent; a fault on the way to it may pass.
      if (!(error instanceof LoadError) || error.retryable) this.#footers.delete(uri);
      throw error;
    }
  }

  /** The footer, which is not kept. */
  read(object: ObjectBytes): Promise<ParquetFooter> {
    return readFooter({
      object: object.uri,
      size: object.size,
      footerBytesMax: this.#options.limits.parquetFooterBytesMax,
      columnsTaken: this.#options.columnsTaken,
      read: (range) => object.bytes(range),
    });
  }
}
