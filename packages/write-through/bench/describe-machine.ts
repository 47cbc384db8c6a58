/** Describes the machine that the figures come from. */
import { availableParallelism, cpus, totalmem } from "node:os";

const BYTES_PER_GIB = 1_024 ** 3;

export function describeMachine(): string {
  const model = cpus()[0]?.model.trim() ?? "unknown processor";
  const memory = Math.round(totalmem() / BYTES_PER_GIB);
  return `${availableParallelism()} cores (${model}), ${memory} GiB, Node.js ${process.version}, ${process.platform}`;
}
