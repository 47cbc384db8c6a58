/** `cache renew`: begins a new epoch of the cache, by hand. */
import type { Command } from "commander";
import { usageError } from "../errors.ts";
import { EXIT } from "../exit-codes.ts";
import type { Output } from "../output.ts";
import { renewCacheEpoch } from "../renew-cache-epoch.ts";
import { runAction, withExamples } from "../run-action.ts";
import { readSettings } from "../with-platform.ts";

const WARNING =
  "All lanes and readers must be stopped: one that still runs goes on in the old epoch, and what it has under way may " +
  "stay unseen in the cache. They fail with CACHE_LOST from now on and must be started again.";

export function addCacheCommand(program: Command): void {
  const cache = program.command("cache").description("the cache's epoch");
  withExamples(cache, 'trilane cache renew --reason "cache was replaced"');
  const renew = cache
    .command("renew")
    .description(
      "begin a new epoch, which ends CACHE_LOST: all that the cache holds counts as absent. Stop all lanes first",
    )
    .requiredOption("--reason <text>", "why, for the logs")
    .action(({ reason }: { readonly reason: string }, command: Command) =>
      runAction(command, (output) => runRenew(reason, output)),
    );
  withExamples(renew, 'trilane cache renew --reason "cache was replaced"');
}

async function runRenew(reason: string, output: Output): Promise<number> {
  if (reason.trim() === "") throw usageError("--reason is empty: say why the cache's epoch is renewed");
  output.note(`warning: ${WARNING}`);
  const settings = await readSettings();
  const epoch = await renewCacheEpoch(settings);
  const { table } = settings;
  output.result({ table, epoch, reason }, `the cache of table ${table} is in epoch ${epoch} now: ${reason}`);
  return EXIT.ok;
}
