import { copyOf, versionOf } from "@trilane/write-through/testing";
import { describe, expect, it } from "vitest";
import { type VersionedWrite, writePlan } from "../../src/protocol/index.ts";

const hold = { id: "f", replacedClean: false };
const body = { payload: Buffer.from("two"), expiresAtMs: 4e12 };
const write: VersionedWrite<typeof body> = { version: versionOf(2), body, populate: "always" };

describe("after the fence", () => {
  it("the record goes to the store under the fence that was granted", () => {
    expect(writePlan.afterFence(write, { kind: "fenced", id: "f", replacedClean: true })).toEqual({
      next: "store",
      hold: { id: "f", replacedClean: true },
    });
  });

  it("a copy that is at least as new settles the record without the store", () => {
    expect(writePlan.afterFence(write, { kind: "covered", version: versionOf(3) })).toEqual({
      next: "acknowledge",
      outcome: { status: "superseded", by: versionOf(3) },
    });
    expect(writePlan.afterFence(write, { kind: "covered", version: versionOf(2) })).toEqual({
      next: "acknowledge",
      outcome: { status: "duplicate" },
    });
  });
});

describe("after the put", () => {
  it("what was stored is published, and its copy stays", () => {
    expect(writePlan.afterPut(write, hold, { kind: "stored" })).toEqual({
      next: "publish",
      hold,
      copy: { version: versionOf(2), body },
      keep: true,
      outcome: { status: "applied" },
    });
  });

  it("a refused put publishes what the store holds instead of what was written", () => {
    expect(writePlan.afterPut(write, hold, { kind: "refused", current: copyOf(3) })).toMatchObject({
      next: "publish",
      copy: copyOf(3),
      outcome: { status: "superseded", by: versionOf(3) },
    });
    expect(writePlan.afterPut(write, hold, { kind: "refused", current: copyOf(2) })).toMatchObject({
      next: "publish",
      outcome: { status: "duplicate" },
    });
  });

  it("a put of unknown outcome is not acknowledged, and its fence stays", () => {
    expect(writePlan.afterPut(write, hold, { kind: "unknown" })).toEqual({ next: "give-up" });
  });

  it.each([
    { populate: "if-cached", replacedClean: false, keep: false },
    { populate: "if-cached", replacedClean: true, keep: true },
    { populate: "always", replacedClean: false, keep: true },
  ] as const)("a record with $populate leaves a copy: $keep, where one was before: $replacedClean", (example) => {
    const { populate, replacedClean, keep } = example;
    const step = writePlan.afterPut({ ...write, populate }, { id: "f", replacedClean }, { kind: "stored" });
    expect(step).toMatchObject({ next: "publish", keep });
  });
});
