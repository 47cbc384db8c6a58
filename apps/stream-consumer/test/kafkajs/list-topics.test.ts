import { exitCodeOf } from "@trilane/lane-kit";
import { expect, it } from "vitest";
import { listTopics } from "../../src/kafkajs/list-topics.ts";

it("says that no broker answered, where the library only takes apart a null", async () => {
  const nothing = null as unknown as { readonly topicMetadata: readonly string[] };
  const admin = { listTopics: async () => Promise.resolve([...nothing.topicMetadata]) };
  const failed = await listTopics(admin).catch((error: unknown) => error);
  expect(failed).toMatchObject({ code: "BROKERS_UNAVAILABLE" });
  expect(exitCodeOf(failed)).toBe(75);
});

it("leaves other failures as they are", async () => {
  const cause = new Error("the broker refused it");
  await expect(listTopics({ listTopics: () => Promise.reject(cause) })).rejects.toBe(cause);
});
