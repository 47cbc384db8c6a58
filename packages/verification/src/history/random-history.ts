/** Small random histories of one key, right and wrong ones, from a seed. */
import type { Random } from "@trilane/write-through";
import type { Operation } from "./history.ts";

const OPERATIONS = 7;
const VERSIONS = 4;
const UNKNOWN_SHARE = 0.12;

/**
 * Times are small integers, so that ties are frequent; a version may be written
 * twice, read as absent, or read without having been written.
 */
export function randomHistory(random: Random): readonly Operation[] {
  const count = 1 + Math.floor(random() * OPERATIONS);
  const versions = 1 + Math.floor(random() * VERSIONS);
  const horizon = 4 + Math.floor(random() * 20);
  return Array.from({ length: count }, (_, process) => {
    const isWrite = random() < 0.5;
    const version = Math.floor(random() * (versions + 1));
    const invoke = Math.floor(random() * horizon);
    const returned = invoke + Math.floor(random() * (1 + horizon / 2));
    return {
      process,
      op: isWrite ? "write" : "read",
      key: "k",
      version: isWrite || version > 0 ? `v${Math.max(1, version)}` : null,
      invoke,
      return: random() < UNKNOWN_SHARE ? null : returned,
    };
  });
}
