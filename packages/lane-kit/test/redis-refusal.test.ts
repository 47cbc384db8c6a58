import { expect, test } from "vitest";
import { redisRefusalOf } from "../src/index.ts";

const CLOSED = "redis://127.0.0.1:1";

test.each([
  "NOAUTH Authentication required.",
  "WRONGPASS invalid username-password pair or user is disabled.",
  "NOPERM User app has no permissions to run the 'info' command",
  "ERR AUTH <password> called without any password configured for the default user.",
])("the server's words %s are a refused login", async (words) => {
  const refusal = await redisRefusalOf(new Error(words), { server: "QUEUE", url: CLOSED });
  expect(refusal).toBe(`it refuses the login (TRILANE_QUEUE_USERNAME, TRILANE_QUEUE_PASSWORD): ${words}`);
});

test("a server that cannot be reached refuses nothing", async () => {
  const error = new Error("connect ECONNREFUSED 127.0.0.1:1");
  expect(await redisRefusalOf(error, { server: "CACHE", url: CLOSED })).toBeNull();
});
