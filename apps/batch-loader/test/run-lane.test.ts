import { loadSettings } from "@trilane/lane-kit";
import { describe, expect, it } from "vitest";
import { batchLane } from "../src/run-lane.ts";

const URL_OF_CACHE = { TRILANE_CACHE_URL: "redis://127.0.0.1:6379" };

describe("the program of a load", () => {
  it.each([
    [{}, 8],
    [{ TRILANE_LOAD_STORE_CALLS_MAX: "20" }, 20],
    [{ TRILANE_LOAD_STORE_CALLS_MAX: "20", TRILANE_STORE_CALLS_MAX: "4" }, 4],
  ])("has fewer calls of the store under way than other programs, with %o %i", (environment, callsMax) => {
    const settings = loadSettings({ ...URL_OF_CACHE, ...environment });
    expect(batchLane.settingsOf?.(settings).storeCallsMax).toBe(callsMax);
  });
});
