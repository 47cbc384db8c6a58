#!/usr/bin/env node
/** `npm run demo`: exit code 0 when every check holds, 1 when one does not, 2 for wrong arguments. */
import { type Command, CommanderError } from "commander";
import { exitSoon, refuseUnknownSettings, SettingsError, withoutArguments } from "@trilane/lane-kit";
import { createProgram, type DemoFlags } from "./create-program.ts";
import { DemoUsageError } from "./demo-usage-error.ts";
import type { SecuredServers } from "@trilane/servers";
import { withSecuredServers, withServers } from "./with-servers.ts";

const MS_PER_SECOND = 1_000;
const EXIT_FAILURE = 1;
const EXIT_USAGE = 2;

process.exitCode = await main(createProgram(), process.argv.slice(2));
// A demo that failed half-way may have left a client that tries for ever to connect again.
exitSoon();

async function main(program: Command, args: readonly string[]): Promise<number> {
  try {
    program.parse(args, { from: "user" });
    refuseUnknownSettings(process.env);
    const flags = program.opts<DemoFlags>();
    if (flags.secured === true) return await withSecuredServers((secured) => run(flags, secured));
    return await withServers(() => run(flags, null));
  } catch (error) {
    return exitCodeOf(error);
  }
}

async function run(
  { outageSeconds, json, secured: _secured, ...flags }: DemoFlags,
  secured: SecuredServers | null,
): Promise<number> {
  // Imported only here, because `--help` needs neither the data nor the oracle.
  const { runDemo } = await import("./run-demo.ts");
  return await runDemo({
    ...flags,
    secured,
    json: json === true,
    ...(outageSeconds === undefined ? {} : { outageMs: outageSeconds * MS_PER_SECOND }),
  });
}

function exitCodeOf(error: unknown): number {
  // Commander has written its own errors already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
  process.stderr.write(`demo: ${withoutArguments(error instanceof Error ? error.message : String(error))}\n`);
  return error instanceof SettingsError || error instanceof DemoUsageError ? EXIT_USAGE : EXIT_FAILURE;
}
