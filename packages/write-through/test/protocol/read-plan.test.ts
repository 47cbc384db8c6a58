import { copyOf, versionOf } from "@trilane/write-through/testing";
import { describe, expect, it } from "vitest";
import { ABSENT, type Entry, readPlan } from "../../src/protocol/index.ts";

const fence: Entry<never> = { state: "fence", epoch: 1, id: "f", pending: versionOf(2), replacedClean: true };
const lease: Entry<never> = { state: "lease", epoch: 1, token: "other", floor: versionOf(1) };
const foreign: Entry<never> = { state: "foreign", seen: Buffer.from("another program's") };

describe("after the get", () => {
  it("a clean copy is the answer", () => {
    const step = readPlan.afterGet({ state: "clean", epoch: 1, copy: copyOf(1) });
    expect(step).toEqual({ next: "answer", copy: copyOf(1) });
  });

  it("a fence or another's lease sends the reader to the store, and then it raises", () => {
    expect(readPlan.afterGet(fence)).toEqual({ next: "read-store", then: { with: "raise", id: "f" } });
    expect(readPlan.afterGet(lease)).toEqual({ next: "read-store", then: { with: "raise", id: null } });
  });

  it("where nothing is the reader takes a lease, and where something foreign is it heals first", () => {
    expect(readPlan.afterGet(ABSENT)).toEqual({ next: "lease" });
    expect(readPlan.afterGet(foreign)).toEqual({ next: "heal", seen: foreign });
  });
});

describe("after the lease", () => {
  it("its holder fills", () => {
    expect(readPlan.afterLease({ kind: "granted" }, "own")).toEqual({
      next: "read-store",
      then: { with: "fill", token: "own" },
    });
  });

  it("what came in between counts as what a get would have seen", () => {
    const entry: Entry<never> = { state: "clean", epoch: 1, copy: { version: versionOf(3), body: null } };
    expect(readPlan.afterLease({ kind: "taken", entry }, "own")).toMatchObject({ next: "answer" });
    expect(readPlan.afterLease({ kind: "taken", entry: fence }, "own")).toMatchObject({ then: { id: "f" } });
  });

  it("nothing to take makes the reader answer from the store without another lease", () => {
    for (const entry of [ABSENT, foreign]) {
      expect(readPlan.afterLease({ kind: "taken", entry }, "own")).toEqual({
        next: "read-store",
        then: { with: "raise", id: null },
      });
    }
  });
});
