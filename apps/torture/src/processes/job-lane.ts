/** The on-demand lane, recorded. */
import { runJobLane } from "@trilane/job-worker";
import { runRecorded } from "./recorded-process.ts";

await runRecorded("job-worker", (context) => runJobLane(context, process.argv.slice(2)));
