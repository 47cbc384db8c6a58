/** Both sides of one key, side by side. */
import { recordOf, versionOf } from "@trilane/write-through/testing";
import { describe, expect, it } from "vitest";
import { CoreError, NO_VERSION } from "../../src/index.ts";
import { batch, openCore } from "../core-fixture.ts";

const EXPIRES_AT_MS = 4e12;

describe("an explanation", () => {
  it("shows both sides without changing either", async () => {
    const { writer, reader, cache } = await openCore();
    await writer.write([recordOf("a", 1)], batch);
    expect(await reader.explain("a")).toMatchObject({
      key: "a",
      epoch: 1,
      mode: "on",
      cache: { kind: "got", entry: { state: "clean", copy: { version: versionOf(1) } } },
      store: { kind: "found", copy: { version: versionOf(1) } },
      verdict: "agree",
    });
    cache.evict("a");
    expect(await reader.explain("a")).toMatchObject({ verdict: "store-answers" });
    expect(cache.entry("a").state).toBe("absent");
  });

  it("says which side is behind", async () => {
    const { writer, reader, store, cache } = await openCore();
    await writer.write([recordOf("a", 1)], batch);
    await store.put([{ key: "a", version: versionOf(2), body: { payload: null, expiresAtMs: EXPIRES_AT_MS } }]);
    expect(await reader.explain("a")).toMatchObject({ verdict: "cache-behind" });
    await cache.fence(1, [{ key: "a", version: versionOf(3), id: "f" }]);
    await cache.publish(1, [{ key: "a", id: "f", copy: { version: versionOf(3), body: null }, ttlMs: 1_000 }]);
    expect(await reader.explain("a")).toMatchObject({ verdict: "cache-ahead" });
  });

  it("does not call a copy behind that the store has expired by now", async () => {
    const { writer, reader } = await openCore({
      store: () => ({
        read: () => Promise.resolve([{ kind: "found", copy: { version: NO_VERSION, body: null } }]),
      }),
    });
    await writer.write([recordOf("a", 1)], batch);
    expect(await reader.explain("a")).toMatchObject({ verdict: "cache-ahead" });
  });

  it("reads the store first, so that a write between the two looks never shows as a cache that is behind", async () => {
    const { reader, calls } = await openCore();
    await reader.explain("a");
    expect(calls).toEqual(["read a", "get a"]);
  });

  it("is unknown where a side cannot be read", async () => {
    const error = new CoreError("STORE_UNAVAILABLE", "stalled");
    const { reader } = await openCore({ store: () => ({ read: () => Promise.resolve([{ kind: "failed", error }]) }) });
    expect(await reader.explain("a")).toMatchObject({ verdict: "unknown", store: { kind: "failed", error } });
  });
});
