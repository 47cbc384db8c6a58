/**
 * Loaded before a lane's own program (`node --import`): counts which functions
 * it calls, and at each message of the parent tells it those of the time since
 * the last one. The lane itself knows nothing of it.
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
