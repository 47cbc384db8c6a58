/** The messages between a load and the process of its engine. */
import type { EngineValue } from "./engine-column.ts";

export interface EngineSettings {
  /** The only folder whose files the engine may open. */
  readonly folder: string;
  /** A folder in it for the engine's own tables. */
  readonly workFolder: string;
  /** The limit of the engine's own tables. */
  readonly memoryBytesMax: number;
  /** With more than this the whole process ends by itself. Default: any. */
  readonly residentBytesMax?: number | undefined;
  readonly threads: number;
  /** From 0, that of other programs, to 19, the lowest. Default: 0. */
  readonly priority?: number | undefined;
}

/** The exit code of a process that had more memory than it may have. */
export const TOO_MUCH_MEMORY = 12;

/** One array for each column. */
export type EngineColumns = readonly (readonly EngineValue[])[];

export type EngineCall =
  | { readonly kind: "open"; readonly settings: EngineSettings }
  /** Runs a statement, and gives all rows of its answer, which must be few. */
  | { readonly kind: "run"; readonly sql: string }
  /** Begins a query whose rows `next` gives; the one before it is given up. */
  | { readonly kind: "begin"; readonly sql: string }
  /** Some rows of the query under way, at least as many as asked for where there are so many; no columns at its end. */
  | { readonly kind: "next"; readonly rows: number };

export interface EngineRequest {
  readonly id: number;
  readonly call: EngineCall;
}

export type EngineReply =
  | { readonly id: number; readonly kind: "done"; readonly columns: EngineColumns }
  /** The engine has refused: its message says why. */
  | { readonly id: number; readonly kind: "refused"; readonly message: string }
  /** The engine is not installed. */
  | { readonly id: number; readonly kind: "missing"; readonly message: string };
