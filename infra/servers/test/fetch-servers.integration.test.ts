import { expect, it } from "vitest";
import { fetchServers } from "../src/fetch-servers.ts";

it("servers that are started side by side share one fetch, and one started later finds its result", async () => {
  const [first, second] = await Promise.all([fetchServers(), fetchServers()]);
  expect(second).toBe(first);
  expect(await fetchServers()).toEqual(first);
});
