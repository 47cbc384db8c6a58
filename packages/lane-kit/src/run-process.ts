/** The frame of every lane's process: platform, signals, health server, exit code. */
import { systemClock } from "@trilane/write-through";
import type { HealthServer } from "./health-server.ts";
import { openHealthServer } from "./open-health-server.ts";
import { Lifecycle } from "./lifecycle.ts";
import { EXIT, exitCodeOf } from "./exit-codes.ts";
import { exitSoon } from "./exit-soon.ts";
import { createLogger } from "./logger.ts";
import { openPlatform, type Platform } from "./platform.ts";
import { unreadyReason } from "./readiness.ts";
import { loadSettings, type Settings } from "./settings/load-settings.ts";

export interface ProcessContext {
  readonly platform: Platform;
  readonly lifecycle: Lifecycle;
  /** Null where the program has none, or the settings say so. */
  readonly health: HealthServer | null;
}

const CLOSE_LIMIT_MS = 15_000;

/**
 * Runs `start`, and closes everything when it has an end. The process's exit code is then 0, or that of
 * {@link exitCodeOf} when `start` rejected or `lifecycle.fail` was called. After a signal that came before
 * `start`, nothing was done and the code is 75.
 */
export async function runProcess(
  name: string,
  start: (context: ProcessContext) => Promise<void>,
  settingsOf = (settings: Settings): Settings => settings,
): Promise<void> {
  const logger = createLogger(name, process.env["TRILANE_LOG_LEVEL"] ?? "info");
  const lifecycle = new Lifecycle({ logger, clock: systemClock });
  lifecycle.listen();
  try {
    const settings = settingsOf(loadSettings());
    lifecycle.limit(settings.stopMs);
    const platform = await openPlatform({ name, settings, logger });
    lifecycle.onShutdown("platform", { timeLimitMs: CLOSE_LIMIT_MS }, () => platform.close());
    platform.failure.addEventListener("abort", () => {
      lifecycle.fail(platform.failure.reason, exitCodeOf(platform.failure.reason));
    });
    const health = await openHealth(name, platform, lifecycle.signal);
    if (health !== null) lifecycle.onShutdown("health", { timeLimitMs: CLOSE_LIMIT_MS }, () => health.close());
    if (lifecycle.signal.aborted) process.exitCode = EXIT.tryAgain;
    else await start({ platform, lifecycle, health });
  } catch (error) {
    lifecycle.fail(error, exitCodeOf(error));
  }
  await lifecycle.shutdown("finished");
  if (lifecycle.exitCode !== 0) process.exitCode = lifecycle.exitCode;
  exitSoon();
}

async function openHealth(
  name: string,
  { settings, metrics, logger, cacheEpoch }: Platform,
  stopping: AbortSignal,
): Promise<HealthServer | null> {
  const health = await openHealthServer(name, { settings, metrics, logger });
  health?.addCheck("store", () => Promise.resolve(unreadyReason({ cacheEpoch, stopping })));
  return health;
}
