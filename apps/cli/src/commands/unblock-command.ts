/**
 * `unblock`: lets a key begin anew when no right record beats its version. This
 * is an exception from the promise that a version never goes down, so an
 * operator asks for it by name and with a reason. docs/operations.md says what
 * readers see.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { createSubjectDigests, encodeKey } from "@trilane/feature-groups";
import { createDynamoDb, createLogger, type Settings } from "@trilane/lane-kit";
import { isVersion, type Version, whileCacheIsOff } from "@trilane/write-through";
import { DynamoStore, unblockKey } from "@trilane/write-through/dynamodb";
import type { Command } from "commander";
import { logLevel } from "../config.ts";
import { usageError } from "../errors.ts";
import { EXIT } from "../exit-codes.ts";
import type { Output } from "../output.ts";
import { readEntity } from "../read-arguments.ts";
import { runAction, withExamples } from "../run-action.ts";
import { withCacheEpoch } from "../with-cache-epoch.ts";
import { readConfig, readSettings } from "../with-platform.ts";

interface UnblockFlags {
  readonly holding: string;
  readonly reason: string;
}

interface Asked {
  readonly key: string;
  readonly version: Version;
  readonly reason: string;
}

export function addUnblockCommand(program: Command): void {
  const unblock = program
    .command("unblock")
    .description("let a key begin anew that holds a wrong version, one a day ahead; the cache is off for some seconds")
    .argument("<group>", "feature group")
    .argument("<key...>", "its key fields, in order")
    .requiredOption("--holding <version>", "the very version that it holds, as `get` shows it, and is to lose")
    .requiredOption("--reason <text>", "why, for the table and the logs")
    .action((group: string, key: readonly string[], flags: UnblockFlags, command: Command) =>
      runAction(command, (output) => runUnblock({ group, key }, flags, output)),
    );
  withExamples(unblock, 'trilane unblock routes SEA SFO --holding <version> --reason "a clock was a day ahead"');
}

async function runUnblock(
  words: { readonly group: string; readonly key: readonly string[] },
  { holding, reason }: UnblockFlags,
  output: Output,
): Promise<number> {
  if (!isVersion(holding)) throw usageError("--holding is not a version: copy it from `trilane get ... --json`");
  if (reason.trim() === "") throw usageError("--reason is empty: say why the key begins anew");
  const { group, key } = readEntity(await readConfig(), words.group, words.key);
  const settings = await readSettings();
  const digests = createSubjectDigests(settings.subjectKey ?? null);
  const asked: Asked = { key: encodeKey(group, key, digests), version: holding, reason };
  const held = await heldVersion(settings, asked.key);
  const isUnblocked = held === holding && (await unblockWithoutCache(settings, asked));
  const json = { key: asked.key, held, isUnblocked, reason };
  if (isUnblocked) output.result(json, `"${asked.key}" begins anew: send its right record again. It held ${holding}`);
  else output.result(json, `"${asked.key}" does not hold this version, and was left as it is. It holds ${held}`);
  return isUnblocked ? EXIT.ok : EXIT.mismatch;
}

/**
 * The version is checked first, so that the cache is not switched off for a version that was mistyped. @throws
 * CoreError
 */
async function heldVersion(settings: Settings, key: string): Promise<Version> {
  const dynamodb = createDynamoDb(settings);
  try {
    const [read] = await new DynamoStore(dynamodb, { table: settings.table }).read([key]);
    if (read?.kind !== "found") throw read?.error ?? new TypeError("the store gave no reply");
    return read.copy.version;
  } finally {
    dynamodb.destroy();
  }
}

async function unblockWithoutCache(settings: Settings, { key, version, reason }: Asked): Promise<boolean> {
  const { table } = settings;
  const logger = createLogger("trilane", logLevel());
  return withCacheEpoch(settings, async ({ cacheEpochs, cache, by, dynamodb }) => {
    const parts = {
      cacheEpochs,
      cache,
      by,
      reason: `unblock ${key}: ${reason}`,
      nowMs: () => Date.now(),
      sleep: async (ms: number) => sleep(ms),
    };
    const outcome = await whileCacheIsOff(parts, () =>
      unblockKey(dynamodb, { table, key, version, reason, by, atMs: Date.now() }),
    );
    logger.warn({ key, version, reason, by, outcome: outcome.kind }, "a key was let begin anew by hand");
    return outcome.kind === "unblocked";
  });
}
