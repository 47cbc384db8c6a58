/** The on-demand lane's process. */
import { runProcess } from "@trilane/lane-kit";
import { runJobLane } from "./run-lane.ts";

await runProcess("job-worker", (context) => runJobLane(context, process.argv.slice(2)));
