/** The stream lane, recorded. */
import { streamLane } from "@trilane/stream-consumer";
import { runLaneRecorded } from "./recorded-process.ts";

await runLaneRecorded(streamLane);
