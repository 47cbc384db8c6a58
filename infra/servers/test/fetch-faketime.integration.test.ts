/**
 * Where libfaketime can be fetched it is tried before it is used; elsewhere the
 * reason is given.
 */
import { expect, it } from "vitest";
import { fetchFaketime } from "../src/fetch-faketime.ts";
import { silentProgress } from "../src/progress.ts";

it("libfaketime is there and moves a clock, or it is said why it is not used", async () => {
  const faketime = await fetchFaketime(silentProgress);
  if (faketime.available) expect(faketime.library).toMatch(/^\/.*libfaketime\.so\.1$/);
  else expect(faketime.reason).not.toBe("");
  // The second call finds it and does not fetch it again.
  expect(await fetchFaketime(silentProgress)).toEqual(faketime);
});
