/**
 * The functions that find objects, read their rows and load them, for programs that test
 * them with generated input.
 */
export { LoadError } from "./errors.ts";
export type { ObjectBytes } from "./formats/format.ts";
export { formatOf, openFormats } from "./formats/index.ts";
export type { BadRow, RowPosition } from "./formats/row-slice.ts";
export { type LoadLimits, loadLimitsDefaults } from "./limits.ts";
export { ObjectReader } from "./s3/object-reader.ts";
export { resolveSource } from "./s3/resolve-source.ts";
export { placesOf, type SourceObject, uriOf } from "./s3/source-object.ts";
export type { DeadRow } from "./dead-letters.ts";
export { columnsNeededBy, columnsTakenBy } from "./decode.ts";
export { LoadEngine } from "./engine/load-engine.ts";
export { reduceLoad } from "./engine/reduce-load.ts";
export type { FinishedUnit, UnitCheckpoint } from "./load/checkpoint-store.ts";
export { planUnits } from "./load/plan-units.ts";
export { beatenInStore } from "./load/large-rows.ts";
export { beginUnit, type UnitOptions } from "./load/run-unit.ts";
export { isOfObject, runUnits } from "./load/run-units.ts";
export type { WorkUnit } from "./load/work-unit.ts";
export { WritePace } from "./load/write-pace.ts";
export { RefusalCount } from "./report/refusals.ts";
