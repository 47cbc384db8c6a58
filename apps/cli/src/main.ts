#!/usr/bin/env node
/** The `trilane` command. */
import { runCommandLine } from "./run-command-line.ts";

// A reader that has seen enough, such as `head`, is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

await runCommandLine(process.argv.slice(2));
