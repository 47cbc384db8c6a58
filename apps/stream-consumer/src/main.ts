/** The stream lane's process. */
import { enableCompileCache } from "node:module";

// From the second start on, compiled code is read instead of made. It must be on before the lane is imported.
enableCompileCache();

const [{ runLaneProgram }, { streamLane }] = await Promise.all([import("@trilane/lane-kit"), import("./run-lane.ts")]);
await runLaneProgram(streamLane, process.argv.slice(2));
