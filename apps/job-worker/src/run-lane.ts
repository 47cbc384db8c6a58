/** The on-demand lane within a process's frame: runs jobs until a signal, then prints one line of JSON with what it did. */
import type { ProcessContext } from "@trilane/lane-kit";
import { readWorkerConfig } from "./config.ts";
import { loadResolvers } from "./resolvers.ts";
import { work } from "./lane.ts";

const CLOSE_LIMIT_MS = 25_000;

/** @param args the command line's, without the program. */
export async function runJobLane(
  { platform, lifecycle, health }: ProcessContext,
  args: readonly string[],
): Promise<void> {
  const { resolversPath, queue, limits } = readWorkerConfig(args);
  const resolvers = resolversPath === undefined ? {} : await loadResolvers(resolversPath, platform.config);
  let isReady = false;
  health?.addCheck("jobs", async () => (isReady ? null : "the worker takes no jobs yet"));
  const worked = work({
    platform,
    queue,
    resolvers,
    limits,
    signal: lifecycle.signal,
    onReady: () => {
      isReady = true;
      platform.logger.info({ queue, resolvers: Object.keys(resolvers) }, "takes jobs");
    },
  });
  // The writer must stay open until the jobs under way have their receipts.
  const settled = worked.then(
    () => undefined,
    () => undefined,
  );
  lifecycle.onShutdown("jobs", { timeLimitMs: CLOSE_LIMIT_MS }, () => settled);
  process.stdout.write(`${JSON.stringify(await worked)}\n`);
}
