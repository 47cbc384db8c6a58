/** The batch lane's process: loads one source and ends. */
import { runProcess } from "@trilane/lane-kit";
import { readCommandLine, USAGE } from "./config.ts";
import { runBatchLane } from "./run-lane.ts";

const EXIT_USAGE = 2;

const commandLine = readCommandLine(process.argv.slice(2));
switch (commandLine.kind) {
  case "help":
    process.stdout.write(USAGE);
    break;
  case "wrong":
    process.stderr.write(`${commandLine.problem}\n\n${USAGE}`);
    process.exitCode = EXIT_USAGE;
    break;
  case "load":
    await runProcess("batch-loader", (context) => runBatchLane(context, commandLine.arguments));
}
