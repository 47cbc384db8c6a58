/** The API's process. */
import { runLaneProgram } from "@trilane/lane-kit";
import { apiLane } from "./run-lane.ts";

await runLaneProgram(apiLane, process.argv.slice(2));
