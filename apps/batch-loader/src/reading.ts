/**
 * The functions that find objects and read their rows, for programs that test
 * them with generated input.
 */
export { LoadError } from "./errors.ts";
export type { ObjectBytes } from "./formats/format.ts";
export { formatOf, openFormats } from "./formats/index.ts";
export type { BadRow, RowPosition } from "./formats/row-slice.ts";
export { type LoadLimits, loadLimitsDefaults } from "./limits.ts";
export { ObjectReader } from "./s3/object-reader.ts";
export { resolveSource } from "./s3/resolve-source.ts";
export { type SourceObject, uriOf } from "./s3/source-object.ts";
