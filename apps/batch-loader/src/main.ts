/** The batch lane's process: loads one source and ends. */
import { runLaneProgram } from "@trilane/lane-kit";
import { batchLane } from "./run-lane.ts";

await runLaneProgram(batchLane, process.argv.slice(2));
