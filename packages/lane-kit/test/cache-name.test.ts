/**
 * Two processes of one cache have the same name for it, two processes of two
 * caches have different names, and no name holds a password.
 */
import { describe, expect, it } from "vitest";
import { cacheNameOf, loadSettings } from "../src/index.ts";

const nameOf = (environment: Readonly<Record<string, string>>, machine = "host-a"): string =>
  cacheNameOf(loadSettings(environment), machine);

describe("a cache's name", () => {
  it("is its address, without credentials, and whether it is encrypted does not matter", () => {
    expect(nameOf({ TRILANE_CACHE_URL: "redis://app:S3CRET@cache.example.com:6400" })).toBe("cache.example.com:6400");
    expect(nameOf({ TRILANE_CACHE_URL: "rediss://cache.example.com" })).toBe("cache.example.com:6379");
  });

  it("tells numbered databases apart", () => {
    expect(nameOf({ TRILANE_CACHE_URL: "redis://c/3" })).toBe("c:6379/3");
    expect(nameOf({ TRILANE_CACHE_URL: "redis://c/0" })).toBe(nameOf({ TRILANE_CACHE_URL: "redis://c" }));
  });

  it("is another one on each machine for a loopback address", () => {
    const local = { TRILANE_CACHE_URL: "redis://127.0.0.1:6379" };
    expect(nameOf(local)).toBe("127.0.0.1:6379@host-a");
    expect(nameOf(local, "host-b")).not.toBe(nameOf(local));
    expect(nameOf({ TRILANE_CACHE_URL: "redis://[::1]:1" })).toBe("::1:1@host-a");
  });

  it("does not depend on the order of several addresses", () => {
    const cluster = { TRILANE_CACHE_TOPOLOGY: "cluster" };
    const [one, other] = ["redis://:S3CRET@a:1,redis://b:2", "redis://b:2,redis://a:1"];
    expect(nameOf({ ...cluster, TRILANE_CACHE_URL: one })).toBe("cluster a:1,b:2");
    expect(nameOf({ ...cluster, TRILANE_CACHE_URL: other })).toBe("cluster a:1,b:2");
    const sentinel = { TRILANE_CACHE_TOPOLOGY: "sentinel", TRILANE_CACHE_SENTINEL_NAME: "main" };
    expect(nameOf({ ...sentinel, TRILANE_CACHE_URL: "redis://a,redis://b" })).toBe("main of a:26379,b:26379");
  });

  it("is what the setting says where there is one", () => {
    expect(nameOf({ TRILANE_CACHE_URL: "redis://c:1", TRILANE_CACHE_NAME: "production" })).toBe("production");
    expect(() => nameOf({ TRILANE_CACHE_URL: "redis://c:1", TRILANE_CACHE_NAME: "a b" })).toThrow(/TRILANE_CACHE_NAME/);
  });
});
