/**
 * Writes as a service with the library does, one record from time to time,
 * until SIGTERM. A lane has calls under way all the time, so they wait when an
 * epoch ends. This process usually has none under way when it learns of the
 * change, and decides afterwards.
 */
import { setTimeout as delay } from "node:timers/promises";
import { seededRandom } from "@trilane/write-through/testing";
import { GROUP } from "../torture.config.ts";
import { writerIds } from "../workload/keys.ts";
import { Persons } from "../workload/persons.ts";
import { runRecorded } from "./recorded-process.ts";

const PAUSE_MS = 240;

const NS_PER_MS = 1e6;

/** `aheadMs`: how far the true time is ahead of the machine's monotonic clock, which nobody moves. */
const [seed = "1", aheadMs = "0", personsSeed = "1"] = process.argv.slice(2);
const persons = new Persons(Number(personsSeed));

await runRecorded("library-writer", async ({ platform, lifecycle }) => {
  const random = seededRandom(Number(seed));
  const ids = writerIds();
  for (let n = 0; !lifecycle.signal.aborted; n += 1) {
    const id = ids[Math.floor(random() * ids.length)] ?? "";
    const at = Math.floor(Number(aheadMs) + Number(process.hrtime.bigint()) / NS_PER_MS);
    const { name, marker } = persons.ownerOf(id, n);
    await platform.writer.write(GROUP, [{ id, at, n, owner: name, pad: marker }], {
      lane: "on-demand",
      signal: lifecycle.signal,
    });
    await delay(PAUSE_MS * random());
  }
});
