/** The `trilane` command over the parts of the lanes. */
export { createProgram } from "./create-program.ts";
export { EXIT } from "./exit-codes.ts";
export { runCommandLine } from "./run-command-line.ts";
