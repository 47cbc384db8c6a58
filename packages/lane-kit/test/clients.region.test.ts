import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { checkRegion, createDynamoDb, createS3, loadSettings, SettingsError } from "../src/index.ts";

type Environment = Readonly<Record<string, string>>;

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "trilane-region-"));
  await writeFile(join(directory, "config"), "[profile abroad]\nregion = eu-central-1\n");
  vi.stubEnv("AWS_CONFIG_FILE", join(directory, "config"));
  vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", join(directory, "none"));
  for (const name of ["AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"]) vi.stubEnv(name, undefined);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true });
});

/** The regions of the store's and of S3's client. */
async function regionsOf(environment: Environment): Promise<readonly string[]> {
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  const settings = loadSettings({ TRILANE_CACHE_URL: "redis://cache:6379", ...environment });
  return Promise.all([createDynamoDb(settings).config.region(), createS3(settings).config.region()]);
}

describe("the region", () => {
  test.each<[Environment, string]>([
    [{ AWS_REGION: "eu-west-1", AWS_DEFAULT_REGION: "eu-west-2", AWS_PROFILE: "abroad" }, "eu-west-1"],
    [{ AWS_DEFAULT_REGION: "eu-west-2", AWS_PROFILE: "abroad" }, "eu-west-2"],
    [{ AWS_PROFILE: "abroad" }, "eu-central-1"],
  ])("is the user's: %j", async (environment, region) => {
    expect(await regionsOf(environment)).toEqual([region, region]);
  });

  test("is not guessed off the local servers", async () => {
    await expect(regionsOf({})).rejects.toThrow("Region is missing");
    const client = createDynamoDb(loadSettings({ TRILANE_CACHE_URL: "redis://cache:6379" }));
    await expect(checkRegion(client)).rejects.toThrow(SettingsError);
    await expect(checkRegion(client)).rejects.toThrow("AWS_REGION");
  });

  test("is any for servers with an address of their own", async () => {
    const local = { TRILANE_DYNAMODB_ENDPOINT: "http://127.0.0.1:8000", TRILANE_S3_ENDPOINT: "http://127.0.0.1:9000" };
    expect(await regionsOf(local)).toEqual(["us-east-1", "us-east-1"]);
  });
});
