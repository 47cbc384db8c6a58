/** The stream lane's process. */
import { runLaneProgram } from "@trilane/lane-kit";
import { streamLane } from "./run-lane.ts";

await runLaneProgram(streamLane, process.argv.slice(2));
