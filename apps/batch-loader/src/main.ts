/** The batch lane's process: loads one source and ends. */
import { enableCompileCache } from "node:module";

// From the second start on, compiled code is read instead of made. It must be on before the lane is imported.
enableCompileCache();

const [{ runLaneProgram }, { batchLane }] = await Promise.all([import("@trilane/lane-kit"), import("./run-lane.ts")]);
await runLaneProgram(batchLane, process.argv.slice(2));
