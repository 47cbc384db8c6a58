/** Where the columns of a part lie in its object, for a reader that takes whole columns. */
import type { ParquetFooter, RowGroupPlace } from "./footer.ts";

export interface PartLayout {
  readonly footer: ParquetFooter;
  /** The row groups of the part, neighbours in their order. */
  readonly rowGroups: readonly RowGroupPlace[];
}
