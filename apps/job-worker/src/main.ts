/** The on-demand lane's process. */
import { runLaneProgram } from "@trilane/lane-kit";
import { jobLane } from "./run-lane.ts";

await runLaneProgram(jobLane, process.argv.slice(2));
