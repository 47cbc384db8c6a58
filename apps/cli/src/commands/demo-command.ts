/** `demo`: the main job, end to end. */
import { type Command, Option } from "commander";
import { useServers } from "../config.ts";
import type { LaneName } from "../demo/demo-stage.ts";
import { usageError } from "../errors.ts";
import { runAction, withExamples } from "../run-action.ts";

interface DemoFlags {
  readonly rows?: number;
  readonly seed?: number;
  readonly kill?: LaneName;
}

const LANES: readonly LaneName[] = ["batch", "stream", "worker"];

export function addDemoCommand(program: Command): void {
  const demo = program
    .command("demo")
    .description(
      "three lanes at once over real flights, compared with an oracle; `npm run demo` starts the servers too",
    )
    .option("--rows <n>", "flights to use; default all", whole)
    .option("--seed <n>", "of the order in which the stream delivers", whole)
    .addOption(new Option("--kill <lane>", "kill this lane's process half-way, and start it again").choices(LANES))
    .action((flags: DemoFlags, command: Command) =>
      runAction(command, async ({ isJson }) => {
        await useServers();
        // Only here: the demo's data and its oracle are no part of the other commands.
        const { runDemo } = await import("../demo/run-demo.ts");
        return runDemo({ ...flags, json: isJson });
      }),
    );
  withExamples(demo, "trilane demo --rows 300000", "trilane demo --rows 300000 --kill batch");
}

function whole(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw usageError(`"${text}" is not a whole number`);
}
