import { describe, expect, it } from "vitest";
import { CachePatience } from "../../src/cache-epoch/cache-patience.ts";
import { waitMoment } from "../../src/protocol/index.ts";

const GRACE_MS = 1_000;
const at = waitMoment;

describe("the patience with a cache", () => {
  it("is over when it has been silent for the grace period", () => {
    const patience = new CachePatience(GRACE_MS);
    expect([0, 500, 999, 1_000].map((ms) => patience.isOverAfter("silence", at(ms)))).toEqual([
      false,
      false,
      false,
      true,
    ]);
  });

  it("begins anew with an answer, with another epoch, and after a long time without a command", () => {
    const patience = new CachePatience(GRACE_MS);
    patience.isOverAfter("silence", at(0));
    patience.answered();
    expect(patience.isOverAfter("silence", at(1_500))).toBe(false);
    patience.forget();
    expect(patience.isOverAfter("silence", at(3_000))).toBe(false);
    expect(patience.isOverAfter("silence", at(60_000))).toBe(false);
  });

  it("is longer with a cache that is heard of, and every sign of life ends its silence", () => {
    const patience = new CachePatience(GRACE_MS);
    const slow = Array.from({ length: 20 }, (_, second) => patience.isOverAfter("slowness", at(second * 1_000)));
    expect(slow).toEqual(slow.map(() => false));
    expect(patience.isOverAfter("silence", at(19_500))).toBe(false);
    expect(patience.isOverAfter("slowness", at(20_000))).toBe(true);
    expect(patience.isOverAfter("silence", at(20_600))).toBe(false);
  });

  it("doubles each time that the cache was given up, up to a limit, until the cache answers", () => {
    const patience = new CachePatience(GRACE_MS);
    const graceMs = (): number => {
      let ms = 0;
      for (patience.isOverAfter("silence", at(0)); !patience.isOverAfter("silence", at(ms)); ms += 500);
      patience.gaveUp();
      return ms;
    };
    expect(Array.from({ length: 8 }, graceMs)).toEqual([1, 2, 4, 8, 16, 32, 32, 32].map((times) => times * GRACE_MS));
    patience.answered();
    expect(graceMs()).toBe(GRACE_MS);
  });
});
