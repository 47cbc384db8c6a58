/** What is loaded, checkpointed and, after a kill, loaded again as a whole. */
import type { ByteRange } from "../s3/object-reader.ts";
import type { SourceObject } from "../s3/source-object.ts";

export type WorkUnit = {
  /** `00012-00003`: the object's place in the load and the part of the object. */
  readonly id: string;
  readonly object: SourceObject;
} & (
  | { readonly kind: "parquet-row-group"; readonly rowGroup: number }
  | { readonly kind: "ndjson-range"; readonly range: ByteRange }
  | { readonly kind: "ndjson-gzip" | "csv" }
);

const ID_DIGITS = 5;

export function unitId(objectIndex: number, part: number): string {
  return `${String(objectIndex).padStart(ID_DIGITS, "0")}-${String(part).padStart(ID_DIGITS, "0")}`;
}
