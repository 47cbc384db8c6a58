/** The environment's settings of addresses, the runtime and credentials. */
import { describe, expect, it } from "vitest";
import { localCredentials, readServersConfig } from "../src/config.ts";

describe("readServersConfig", () => {
  it("takes every given address and ignores empty ones", () => {
    const config = readServersConfig({
      TRILANE_KAFKA_BROKERS: "broker-1:9092,broker-2:9092",
      TRILANE_CACHE_URL: "rediss://cache:6379",
      TRILANE_QUEUE_URL: "",
    });
    expect([...config.given]).toEqual([
      ["kafka", "broker-1:9092,broker-2:9092"],
      ["cache", "rediss://cache:6379"],
    ]);
  });

  it("never hands a developer's own credentials to local servers", () => {
    const own = { AWS_ACCESS_KEY_ID: "AKIAREAL", AWS_SECRET_ACCESS_KEY: "real", AWS_REGION: "eu-central-1" };
    expect(readServersConfig(own).credentials).toEqual(localCredentials);
  });

  it("keeps the credentials that belong to a given address", () => {
    const own = { AWS_ACCESS_KEY_ID: "AKIAREAL", AWS_SECRET_ACCESS_KEY: "real", AWS_REGION: "eu-central-1" };
    const config = readServersConfig({ ...own, TRILANE_S3_ENDPOINT: "https://s3.example" });
    expect(config.credentials).toEqual({ region: "eu-central-1", accessKeyId: "AKIAREAL", secretAccessKey: "real" });
  });

  it("refuses a runtime that does not exist", () => {
    expect(readServersConfig({ TRILANE_SERVERS_RUNTIME: "native" }).runtime).toBe("native");
    expect(() => readServersConfig({ TRILANE_SERVERS_RUNTIME: "podman" })).toThrow(/docker or native/);
  });
});
