/** The stream lane's process. */
import { runProcess } from "@trilane/lane-kit";
import { runStreamLane } from "./run-lane.ts";

await runProcess("stream-consumer", (context) => runStreamLane(context, process.argv.slice(2)));
