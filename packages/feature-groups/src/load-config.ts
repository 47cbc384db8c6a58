/** Finds and imports the configuration of a deployment: `trilane.config.ts`. */
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { messageOf } from "@trilane/write-through";
import type { FeatureConfig } from "./define-config.ts";
import { FeatureGroupError } from "./errors.ts";

const FILE_NAME = "trilane.config.ts";
const REMEDY = "export const config = defineConfig({ groups: { ... } })";

/**
 * Loads the configuration: from `path`, otherwise from the file that TRILANE_CONFIG names, otherwise from the nearest
 * `trilane.config.ts` in the working directory or above it. The file exports the result of `defineConfig`, as `config`
 * or by default.
 * @throws FeatureGroupError CONFIG_NOT_FOUND, CONFIG_UNREADABLE or CONFIG_INVALID; errors of the definitions as
 *   `defineConfig` throws them
 */
export async function loadConfig(path?: string): Promise<FeatureConfig> {
  const file = findConfig(path);
  const module = await importConfig(file);
  const config = module["config"] ?? module["default"];
  if (isConfig(config)) return config;
  throw new FeatureGroupError("CONFIG_INVALID", `${file} exports no configuration; write \`${REMEDY}\``, {
    fields: { path: file },
  });
}

function findConfig(path: string | undefined): string {
  const named = path ?? process.env["TRILANE_CONFIG"];
  if (named === undefined || named === "") return nearestConfig();
  const file = resolve(named);
  if (existsSync(file)) return file;
  const origin = path === undefined ? "TRILANE_CONFIG names" : "the configuration should be";
  throw new FeatureGroupError("CONFIG_NOT_FOUND", `${origin} ${file}, and there is no such file`, {
    fields: { path: file },
  });
}

function nearestConfig(): string {
  const start = process.cwd();
  let directory = start;
  for (;;) {
    const file = join(directory, FILE_NAME);
    if (existsSync(file)) return file;
    const parent = dirname(directory);
    if (parent === directory) break;
    directory = parent;
  }
  throw new FeatureGroupError(
    "CONFIG_NOT_FOUND",
    `no ${FILE_NAME} in ${start} or above it; create one, or name it in TRILANE_CONFIG`,
    { fields: { path: start } },
  );
}

async function importConfig(file: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return await import(pathToFileURL(file).href);
  } catch (cause) {
    if (cause instanceof FeatureGroupError) throw cause;
    throw new FeatureGroupError("CONFIG_UNREADABLE", `cannot load ${file}: ${messageOf(cause)}`, {
      cause,
      fields: { path: file },
    });
  }
}

/** The check goes by a mark and not by the class, because the file may have imported another copy of this package. */
function isConfig(value: unknown): value is FeatureConfig {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "trilane-config";
}
