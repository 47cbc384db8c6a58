/**
 * A column of a Parquet row group in the form of records: its leaves are
 * decoded side by side, and as many rows are assembled as all of them have.
 */
import type { DecodedArray } from "hyparquet";
import { assembleNested } from "hyparquet/src/assemble.js";
import { DEFAULT_PARSERS } from "hyparquet/src/convert.js";
import { messageOf } from "@trilane/write-through";
import { LoadError } from "../../errors.ts";
import type { ReadColumn } from "./footer.ts";
import type { LeafColumn } from "./leaf-column.ts";
import { parquetParsers } from "./parsers.ts";
import { shaped } from "./shapes.ts";

const parsers = { ...DEFAULT_PARSERS, ...parquetParsers };

export class TopColumn {
  readonly #column: ReadColumn;
  readonly #leaves: readonly LeafColumn[];

  constructor(column: ReadColumn, leaves: readonly LeafColumn[]) {
    this.#column = column;
    this.#leaves = leaves;
  }

  get name(): string {
    return this.#column.name;
  }

  /** The number of rows that can be taken now. */
  get available(): number {
    return this.#leaves.reduce((least, leaf) => Math.min(least, leaf.available), Number.POSITIVE_INFINITY);
  }

  /** The number of rows that were decoded so far, by the leaf with the fewest. */
  get rowsSeen(): number {
    return this.#leaves.reduce((least, leaf) => Math.min(least, leaf.rowsSeen), Number.POSITIVE_INFINITY);
  }

  get heldBytes(): number {
    return this.#leaves.reduce((sum, leaf) => sum + leaf.heldBytes, 0);
  }

  /** Decodes until a row can be taken, or a leaf has ended. @throws RangeError that names the leaf */
  async fill(): Promise<void> {
    for (const leaf of this.#leaves) {
      try {
        await leaf.fill();
      } catch (error) {
        if (error instanceof LoadError) throw error;
        throw new RangeError(`the column "${leaf.name}": ${messageOf(error)}`, { cause: error });
      }
    }
  }

  /** As many rows as requested, which must be available. */
  take(rows: number): ArrayLike<unknown> {
    const values = this.#assembled(rows);
    if (values.length !== rows) {
      throw new RangeError(`the column "${this.name}" gives ${values.length} values for ${rows} rows`);
    }
    const { shape } = this.#column;
    return shape === null ? values : Array.from(values as ArrayLike<unknown>, (value) => shaped(value, shape));
  }

  #assembled(rows: number): DecodedArray {
    const { tree } = this.#column;
    const [first] = this.#leaves;
    if (tree.children.length === 0) return first?.take(rows) ?? [];
    const values = new Map<string, DecodedArray>(this.#leaves.map((leaf) => [leaf.name, leaf.take(rows)]));
    // The library puts the assembled values in the place of the leaves.
    assembleNested(values, tree, parsers);
    return values.get(tree.element.name) ?? [];
  }
}
