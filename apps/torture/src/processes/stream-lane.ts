/** The stream lane, recorded. */
import { runStreamLane } from "@trilane/stream-consumer";
import { runRecorded } from "./recorded-process.ts";

await runRecorded("stream-consumer", (context) => runStreamLane(context, process.argv.slice(2)));
