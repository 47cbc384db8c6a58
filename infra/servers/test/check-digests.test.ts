import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { checkDigests, parseDigests } from "../src/check-digests.ts";
import { nativeDirectory } from "../src/paths.ts";

/** Of the text "a". */
const DIGEST = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "trilane-digests-"));
  await mkdir(join(directory, "lib"));
  await writeFile(join(directory, "lib", "a.jar"), "a");
});
afterAll(() => rm(directory, { recursive: true }));

it("takes files that have their digests", async () => {
  await checkDigests(directory, ["lib"], parseDigests(`${DIGEST}  lib/a.jar\n`));
});

it("refuses a file that was changed, and one that nobody expects, by name", async () => {
  const other = parseDigests(`${DIGEST.replace("c", "d")}  lib/a.jar\n`);
  await expect(checkDigests(directory, ["lib"], other)).rejects.toThrow("lib/a.jar are not the files of");
  await expect(checkDigests(directory, ["lib"], new Map())).rejects.toMatchObject({ code: "fetch-failed" });
});

it("has a digest for every kind of file that is fetched", async () => {
  const digests = parseDigests(await readFile(join(nativeDirectory, "digests.txt"), "utf8"));
  const paths = [...digests.keys()];
  for (const start of ["lib/kafka_2.13-", "lib/DynamoDBLocal-", "lib/s3proxy-", "bin/redis-server-"]) {
    expect(paths.some((path) => path.startsWith(start))).toBe(true);
  }
  expect(() => parseDigests("no digest")).toThrow("sha256sum");
});
