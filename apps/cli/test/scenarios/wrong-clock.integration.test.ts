/** A terminal whose clock is wrong writes nothing, and damages no key. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { faketimeEnvironment, fetchFaketime } from "@trilane/servers";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ownEnvironment, ownNames, trilane } from "../trilane-command.ts";

const SECONDS_PER_DAY = 86_400;
const environment = ownEnvironment(ownNames());
const RECORD = JSON.stringify({
  origin: "SEA",
  destination: "SFO",
  date: "2001-06-30T08:00:00Z",
  delay: 3,
  distance: 1,
});

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "trilane-wrong-clock-"));
  expect(await trilane(environment, ["apply"])).toMatchObject({ code: 0 });
});
afterAll(() => rm(directory, { recursive: true, force: true }));

it.each([
  ["ahead", SECONDS_PER_DAY],
  ["behind", -SECONDS_PER_DAY],
])("a clock a day %s: rm and put end with 75 and say so, and afterwards a right put is applied", async (side, s) => {
  const faketime = await fetchFaketime();
  // The servers' package reports where the library cannot be fetched.
  if (!faketime.available) return;
  const file = join(directory, side);
  await writeFile(file, `${s > 0 ? "+" : ""}${s}`);
  const wrong = { ...environment, ...faketimeEnvironment(faketime.library, file) };
  for (const command of [
    ["rm", "routes", "SEA", "SFO"],
    ["put", "routes", RECORD],
  ]) {
    const ended = await trilane(wrong, command);
    expect(ended).toMatchObject({ code: 75, stderr: expect.stringContaining("CLOCK_UNCONFIRMED") });
    // The store's clock is told in whole seconds.
    expect(ended.stderr).toMatch(new RegExp(`is (86399|86400) s ${side}`));
  }
  const put = await trilane(environment, ["put", "routes", RECORD.replace(":3,", `:${s > 0 ? 4 : 5},`)]);
  expect(put).toMatchObject({ code: 0, stdout: expect.not.stringContaining("superseded by") });
});
