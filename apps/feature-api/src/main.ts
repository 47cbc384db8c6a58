/** The API's process. */
import { enableCompileCache } from "node:module";

// From the second start on, compiled code is read instead of made. It must be on before the lane is imported.
enableCompileCache();

const [{ runLaneProgram }, { apiLane }] = await Promise.all([import("@trilane/lane-kit"), import("./run-lane.ts")]);
await runLaneProgram(apiLane, process.argv.slice(2));
