/** `demo`: the main job, end to end. */
import { type Command, Option } from "commander";
import { useServers } from "../config.ts";
import type { LaneName } from "../demo/demo-stage.ts";
import type { OutageServer } from "../demo/outage.ts";
import { usageError } from "../errors.ts";
import { runAction, withExamples } from "../run-action.ts";

interface DemoFlags {
  readonly rows?: number;
  readonly seed?: number;
  readonly kill?: LaneName;
  readonly outage?: OutageServer;
  readonly outageSeconds?: number;
}

const LANES: readonly LaneName[] = ["batch", "stream", "worker"];
const OUTAGES: readonly OutageServer[] = ["store", "cache", "queue"];
const MS_PER_SECOND = 1_000;

export function addDemoCommand(program: Command): void {
  const demo = program
    .command("demo")
    .description(
      "three lanes at once over real flights, compared with an oracle; `npm run demo` starts the servers too",
    )
    .option("--rows <n>", "flights to use; default all", whole)
    .option("--seed <n>", "of the order in which the stream delivers", whole)
    .addOption(new Option("--kill <lane>", "kill this lane's process half-way, and start it again").choices(LANES))
    .addOption(new Option("--outage <server>", "take this server away half-way").choices(OUTAGES))
    .option("--outage-seconds <n>", "for how long; default 30", whole)
    .action(({ outageSeconds, ...flags }: DemoFlags, command: Command) =>
      runAction(command, async ({ isJson }) => {
        await useServers();
        // Only here: the demo's data and its oracle are no part of the other commands.
        const { runDemo } = await import("../demo/run-demo.ts");
        const length = outageSeconds === undefined ? {} : { outageMs: outageSeconds * MS_PER_SECOND };
        return runDemo({ ...flags, ...length, json: isJson });
      }),
    );
  withExamples(
    demo,
    "trilane demo --rows 300000",
    "trilane demo --rows 300000 --kill batch",
    "trilane demo --outage store",
  );
}

function whole(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw usageError(`"${text}" is not a whole number`);
}
