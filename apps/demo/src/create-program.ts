/** The demo's command line. */
import { Command, InvalidArgumentError, Option } from "commander";
import type { LaneName } from "./demo-stage.ts";
import type { OutageServer } from "./outage.ts";

export interface DemoFlags {
  readonly rows?: number;
  readonly seed?: number;
  readonly kill?: LaneName;
  readonly outage?: OutageServer;
  readonly outageSeconds?: number;
  readonly secured?: boolean;
  readonly json?: boolean;
}

const LANES: readonly LaneName[] = ["batch", "stream", "worker"];
const OUTAGES: readonly OutageServer[] = ["store", "cache", "queue"];

const EXAMPLES = `
Examples:
  npm run demo -- --rows 300000
  npm run demo -- --rows 300000 --kill batch
  npm run demo -- --outage store
  npm run demo -- --rows 300000 --secured

Servers: those of the addresses in the environment (TRILANE_CACHE_URL, TRILANE_DYNAMODB_ENDPOINT, ...), else those of
\`npm run trilane -- up\`; servers that are missing are started, and stopped at the end.`;

/** Throws CommanderError instead of ending the process. */
export function createProgram(): Command {
  return new Command("demo")
    .description("three lanes at once over real flights, compared with an oracle")
    .option("--rows <n>", "flights to use; default all", whole)
    .option("--seed <n>", "of the order in which the stream delivers", whole)
    .addOption(new Option("--kill <lane>", "kill this lane's process half-way, and start it again").choices(LANES))
    .addOption(new Option("--outage <server>", "take this server away half-way").choices(OUTAGES))
    .option("--outage-seconds <n>", "for how long; default 30", whole)
    .addOption(
      new Option(
        "--secured",
        "on servers with TLS and logins, each program with its own user and the rights of docs/rights.md alone",
      ).conflicts("outage"),
    )
    .option("--json", "the report as JSON")
    .exitOverride()
    .addHelpText("after", EXAMPLES);
}

function whole(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError(`"${text}" is not a whole number`);
}
