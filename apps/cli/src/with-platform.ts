/** Opens clients, config, reader and writer for the time of one command. */
import { type FeatureConfig, loadConfig } from "@trilane/feature-groups";
import {
  createLogger,
  loadSettings,
  openPlatform,
  type Platform,
  type PlatformOptions,
  type Settings,
} from "@trilane/lane-kit";
import { logLevel, useServers } from "./config.ts";

export async function withPlatform<Result>(
  run: (platform: Platform) => Promise<Result>,
  options: Pick<PlatformOptions, "mayHaveLostErasures"> = {},
): Promise<Result> {
  const settings = await readSettings();
  const logger = createLogger("trilane", logLevel());
  const platform = await openPlatform({ name: "trilane", settings, logger, ...options });
  try {
    return await run(platform);
  } finally {
    await platform.close();
  }
}

/** @throws CliError NO_SERVERS; SettingsError */
export async function readSettings(): Promise<Settings> {
  await useServers();
  return loadSettings();
}

/** Reads the groups alone, where no server is needed. */
export function readConfig(): Promise<FeatureConfig> {
  return loadConfig();
}
