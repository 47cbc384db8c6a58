/** The batch lane, recorded. */
import { readCommandLine, runBatchLane } from "@trilane/batch-loader";
import { runRecorded } from "./recorded-process.ts";

const commandLine = readCommandLine(process.argv.slice(2));
if (commandLine.kind !== "load") throw new Error("the arguments are not those of a load");
await runRecorded("batch-loader", (context) => runBatchLane(context, commandLine.arguments));
