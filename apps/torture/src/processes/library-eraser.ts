/**
 * Erases as a service with the library does, one or two persons from time to
 * time, until SIGTERM. When it is killed between the announcement and the moment
 * when the erasure comes into force, another process goes on with it.
 */
import { setTimeout as delay } from "node:timers/promises";
import { eraseSubjects } from "@trilane/lane-kit";
import { CoreError } from "@trilane/write-through";
import { seededRandom } from "@trilane/write-through/testing";
import { drawErasure } from "../workload/erasure-requests.ts";
import { Persons } from "../workload/persons.ts";
import { recordingNumber, runRecorded } from "./recorded-process.ts";

const PAUSE_MS = 5_000;
const RETRY_PAUSE_MS = 300;
const NS_PER_MS = 1e6;

/** `aheadMs`: how far the true time is ahead of the machine's monotonic clock, which nobody moves. */
const [seed = "1", aheadMs = "0", personsSeed = "1"] = process.argv.slice(2);
const persons = new Persons(Number(personsSeed));

await runRecorded("library-eraser", async ({ platform, lifecycle }, recorder) => {
  const random = seededRandom(Number(seed) * 1_000 + recordingNumber());
  const { signal } = lifecycle;
  while (!signal.aborted) {
    await delay(PAUSE_MS * random(), undefined, { signal }).catch(() => undefined);
    const nowMs = Math.floor(Number(aheadMs) + Number(process.hrtime.bigint()) / NS_PER_MS);
    const { persons: drawn, mode } = drawErasure(persons, random, nowMs);
    const subjects = drawn.map(({ name }) => name);
    try {
      const entries = await eraseSubjects(platform, { subjects, mode, by: "library-eraser" });
      recorder.erased(entries.map(({ number }) => number));
    } catch (error) {
      // It is announced or not, and in force or not; whatever of it there is, others go on with.
      if (!(error instanceof CoreError)) throw error;
      await delay(RETRY_PAUSE_MS);
    }
  }
});
