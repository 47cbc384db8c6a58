/** The batch lane, recorded. */
import { batchLane } from "@trilane/batch-loader";
import { runLaneRecorded } from "./recorded-process.ts";

await runLaneRecorded(batchLane);
