/**
 * The memory of the queue's server: how much there is, how much is used, and
 * when it is too much.
 */

export interface QueueMemory {
  readonly usedBytes: number;
  /** Null where the server has no limit. Then the system kills it, instead of a refusal. */
  readonly maxBytes: number | null;
}

/**
 * - `unbounded`: no limit is set;
 * - `filling`: an operator should know;
 * - `full`: senders are refused.
 */
export type MemoryState = "unbounded" | "free" | "filling" | "full";

/** From this share on the memory is filling. */
const FILLING_SHARE = 0.8;
/** From this share on our senders are refused. The workers need the rest to work the queue off. */
const FULL_SHARE = 0.9;
const MIB = 1_048_576;

/** Reads the answer to `INFO memory`. */
export function queueMemoryOf(info: string): QueueMemory {
  const maxBytes = numberOf(info, "maxmemory");
  return { usedBytes: numberOf(info, "used_memory"), maxBytes: maxBytes === 0 ? null : maxBytes };
}

export function memoryStateOf({ usedBytes, maxBytes }: QueueMemory): MemoryState {
  if (maxBytes === null) return "unbounded";
  if (usedBytes >= maxBytes * FULL_SHARE) return "full";
  return usedBytes >= maxBytes * FILLING_SHARE ? "filling" : "free";
}

/** Such as "52.1 of 60.0 MiB". */
export function memoryText({ usedBytes, maxBytes }: QueueMemory): string {
  return maxBytes === null ? mebibytes(usedBytes) : `${(usedBytes / MIB).toFixed(1)} of ${mebibytes(maxBytes)}`;
}

export function mebibytes(bytes: number): string {
  return `${(bytes / MIB).toFixed(1)} MiB`;
}

/** True where a server refused a command because its memory is full: `OOM` is the code of that reply. */
export function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && error.name === "ReplyError" && error.message.startsWith("OOM ");
}

function numberOf(info: string, field: string): number {
  return Number(new RegExp(`^${field}:(\\d+)`, "m").exec(info)?.[1] ?? 0);
}
