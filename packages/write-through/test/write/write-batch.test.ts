/** The fences of a batch while the cache epoch changes, and without a cache. */
import { openSteadyCacheEpoch, recordOf } from "@trilane/write-through/testing";
import { expect, it } from "vitest";
import { type CacheEpochAccess, type CacheEpochMode, CoreError, Writer } from "../../src/index.ts";
import { batch, openCore } from "../core-fixture.ts";

const lost = new CoreError("CACHE_LOST", "another guard");

/** A cache whose first fence of key "a" is lost; `onLoss` says what the cache epoch is from then on. */
async function openWriter(onLoss: (known: CacheEpochAccess["known"]) => CacheEpochAccess["known"]) {
  let isLost = true;
  const core = await openCore({
    cache: (cache) => ({
      fence: async (epoch, commands) => {
        const replies = await cache.fence(1, commands);
        const answers = replies.map((reply, at) =>
          isLost && commands[at]?.key === "a" ? ({ kind: "failed", error: lost } as const) : reply,
        );
        isLost = false;
        epochs.push(epoch);
        return answers;
      },
    }),
  });
  const epochs: number[] = [];
  const steady = await openSteadyCacheEpoch(core.cache, core.clock);
  let known = steady.known;
  const cacheEpoch: CacheEpochAccess = {
    ...steady,
    get known() {
      return known;
    },
    cacheFailed: () => {
      known = onLoss(known);
      return Promise.resolve();
    },
  };
  return { ...core, epochs, writer: new Writer({ ...core.ports, cacheEpoch }) };
}

function changedTo(mode: CacheEpochMode): (known: CacheEpochAccess["known"]) => CacheEpochAccess["known"] {
  return (known) => (known === null ? null : { ...known, cacheEpoch: { epoch: 2, mode } });
}

it("fences again, in the new epoch, only what was not fenced", async () => {
  const { writer, calls, epochs } = await openWriter(changedTo("warm"));
  await writer.write([recordOf("a", 1), recordOf("b", 1)], batch);
  expect(calls.filter((call) => call.startsWith("fence"))).toEqual(["fence a b", "fence a"]);
  expect(epochs).toEqual([1, 2]);
  expect(calls).toContain("put b a");
});

it("stores without a fence what was not fenced before the cache was switched off", async () => {
  const { writer, calls } = await openWriter(changedTo("off"));
  const receipts = await writer.write([recordOf("a", 1), recordOf("b", 1)], batch);
  expect(receipts.map(({ status }) => status)).toEqual(["applied", "applied"]);
  expect(calls).toEqual(["fence a b", "put b a"]);
});

it("fails what was not fenced while the cache epoch stays, and stores the rest", async () => {
  const { writer, calls } = await openWriter((known) => known);
  const receipts = await writer.write([recordOf("a", 1), recordOf("b", 1)], batch);
  expect(receipts).toMatchObject([{ status: "failed", error: lost }, { status: "applied" }]);
  expect(calls).toEqual(["fence a b", "put b", "publish b"]);
});
