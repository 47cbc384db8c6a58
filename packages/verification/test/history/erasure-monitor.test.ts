import { PERMANENT_US, type StorePut } from "@trilane/write-through";
import { versionOf } from "@trilane/write-through/testing";
import { describe, expect, it } from "vitest";
import { ErasureMonitor } from "../../src/history/erasure-monitor.ts";

const ANNA = "a".repeat(32);
const BERT = "b".repeat(32);

function putOf(n: number, subject: string): StorePut {
  return { key: "k", version: versionOf(n), body: { payload: new Uint8Array(1), expiresAtMs: 0 }, subject };
}

/** Anna's first record lands at 10, and everything of hers is erased: announced at 20, in force at 30. */
function monitorOfAnna(): ErasureMonitor {
  const monitor = new ErasureMonitor();
  monitor.landed(putOf(1, ANNA), 10);
  monitor.promised("k", versionOf(1), 11);
  monitor.announced([{ number: 1, subject: ANNA, kind: "erase", untilUs: PERMANENT_US }], 20);
  monitor.enforced(1, 30);
  return monitor;
}

describe("the monitor of erasures", () => {
  it("lets a read answer the record that overlaps the moment of the erasure, and no read that begins later", () => {
    const monitor = monitorOfAnna();
    expect(monitor.mayAnswer(versionOf(1), { from: 29, to: 40 })).toBe(true);
    expect(monitor.mayAnswer(versionOf(1), { from: 31, to: 40 })).toBe(false);
  });

  it("explains none by the covered record, from the moment of the erasure on", () => {
    const monitor = monitorOfAnna();
    expect(monitor.explainNone("k", { from: 12, to: 29 })).toBe(null);
    expect(monitor.explainNone("k", { from: 12, to: 31 })).toBe(versionOf(1));
  });

  it("explains no none where the record was replaced by another person's before the erasure", () => {
    const monitor = new ErasureMonitor();
    monitor.landed(putOf(1, ANNA), 10);
    monitor.promised("k", versionOf(1), 11);
    monitor.landed(putOf(2, BERT), 15);
    monitor.promised("k", versionOf(2), 16);
    monitor.announced([{ number: 1, subject: ANNA, kind: "erase", untilUs: PERMANENT_US }], 20);
    monitor.enforced(1, 30);
    expect(monitor.explainNone("k", { from: 12, to: 40 })).toBe(null);
  });

  it("ends the cover of what came after a lift when the lift comes into force", () => {
    const monitor = monitorOfAnna();
    monitor.announced([{ number: 2, subject: ANNA, kind: "lift", untilUs: 1_000_000 }], 40);
    monitor.enforced(2, 50);
    monitor.landed(putOf(2, ANNA), 60);
    expect(monitor.mayAnswer(versionOf(2), { from: 61, to: 70 })).toBe(true);
    expect(monitor.isCoveredInTheEnd(ANNA, versionOf(1))).toBe(true);
    expect(monitor.isCoveredInTheEnd(ANNA, versionOf(2))).toBe(false);
  });

  it("finds a tombstone over a record that is not erased", () => {
    const monitor = new ErasureMonitor();
    monitor.landed(putOf(1, ANNA), 10);
    expect(monitor.recordUnderTombstone(putOf(2, ANNA), 12)).toBe(versionOf(1));
    expect(monitorOfAnna().recordUnderTombstone(putOf(2, ANNA), 31)).toBe(null);
  });
});
