/** The list that a restored table has lost comes back from the second place, whole or not at all. */
import { beforeEach, expect, it } from "vitest";
import { eraseSubjects, restoreErasures } from "../../src/index.ts";
import type { ErasureCopy } from "../../src/erasures/erasure-copy.ts";
import { type MemoryPlatform, memoryServers, openMemoryPlatform, type Servers } from "../memory-platform.ts";

type Kept = Awaited<ReturnType<ErasureCopy["readAfter"]>>;

let servers: Servers;
let platform: MemoryPlatform;
let kept: Kept;
const copy = { readAfter: (number: number) => Promise.resolve(kept.filter((each) => each.number > number)) };

beforeEach(async () => {
  servers = memoryServers();
  platform = await openMemoryPlatform(servers);
  const entries = await eraseSubjects(platform, {
    subjects: ["anna", "bert", "carl", "dora"],
    mode: { kind: "permanent" },
    by: "test",
  });
  kept = entries.map(({ sweep: _sweep, ...each }) => each);
  servers.store.forgetErasures();
  platform = await openMemoryPlatform(servers);
});

it("brings the list back in order and into force, with its sweeps still to come", async () => {
  expect(await restoreErasures(platform, copy)).toHaveLength(4);
  expect(await servers.store.readState()).toMatchObject({ last: 4, inForce: 4 });
  const entries = await servers.store.readEntries(0, 4);
  expect(entries.map(({ number, sweep }) => [number, sweep.phase, sweep.sweeps])).toEqual(
    [1, 2, 3, 4].map((number) => [number, "sweeping", 0]),
  );
  expect(await restoreErasures(platform, copy)).toEqual([]);
});

it.each([
  ["the first", 1, 2],
  ["one between others", 3, 4],
])("refuses a second place in which %s is missing, by its number, and changes nothing", async (_, missing, named) => {
  kept = kept.filter(({ number }) => number !== missing);
  await expect(restoreErasures(platform, copy)).rejects.toMatchObject({
    code: "ERASURES_LOST",
    message: expect.stringContaining(`the erasure before ${named} is neither`),
  });
  expect(await servers.store.readState()).toMatchObject({ last: 0, inForce: 0 });
});
