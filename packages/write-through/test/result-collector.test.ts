import { expect, it } from "vitest";
import { ResultCollector } from "../src/result-collector.ts";

it("resolves with all results by position once the last has come, in whatever order they come", async () => {
  const collector = new ResultCollector<string>(3);
  let isResolved = false;
  const all = collector.all.then((results) => {
    isResolved = true;
    return results;
  });
  collector.put(2, "c");
  collector.put(0, "a");
  await Promise.resolve();
  expect(isResolved).toBe(false);
  collector.put(1, "b");
  expect(await all).toEqual(["a", "b", "c"]);
});

it("resolves at once where there is nothing to wait for", async () => {
  expect(await new ResultCollector(0).all).toEqual([]);
});
