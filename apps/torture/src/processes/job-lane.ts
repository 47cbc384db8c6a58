/** The on-demand lane, recorded. */
import { jobLane } from "@trilane/job-worker";
import { runLaneRecorded } from "./recorded-process.ts";

await runLaneRecorded(jobLane);
