/**
 * Loaded before a lane's own program (`node --import`). It counts which
 * functions the lane calls. At each message of the parent it reports the
 * functions called since the last message. The lane itself does not know about
 * it.
 */
import { Session } from "node:inspector/promises";

const session = new Session();
session.connect();
await session.post("Profiler.enable");
await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: false });

process.on("message", () => void tell());
// The lane ends when its own work does.
process.channel?.unref();

async function tell(): Promise<void> {
  const { result } = await session.post("Profiler.takePreciseCoverage");
  process.send?.(result);
}
