import { copyOf, versionOf } from "@trilane/write-through/testing";
import { describe, expect, it } from "vitest";
import {
  type AuditVerdict,
  auditVerdictOf,
  auditVerdicts,
  type CacheEntry,
  type CacheEpochMode,
  CoreError,
  type Explanation,
  fingerprintOf,
  type StoredCopy,
  type Verdict,
  violations,
} from "../../src/index.ts";

const NOW_MS = Date.UTC(2026, 0, 1);
const clean = (copy: StoredCopy): CacheEntry => ({ state: "clean", epoch: 1, copy });
const fence: CacheEntry = { state: "fence", epoch: 1, id: "f", pending: versionOf(2), replacedClean: true };
const lease: CacheEntry = { state: "lease", epoch: 1, token: "t", floor: versionOf(1) };
const foreign: CacheEntry = { state: "foreign", seen: Buffer.from("another program's") };

function explanationOf(
  entry: CacheEntry,
  copy: StoredCopy,
  verdict: Verdict = "agree",
  mode: CacheEpochMode = "on",
): Explanation {
  return { key: "a", epoch: 1, mode, cache: { kind: "got", entry }, store: { kind: "found", copy }, verdict };
}

function withBody(copy: StoredCopy, body: Partial<NonNullable<StoredCopy["body"]>>): StoredCopy {
  const expiresAtMs = NOW_MS + 1_000;
  return { ...copy, body: { payload: null, expiresAtMs, ...copy.body, ...body } };
}

describe("the audit's verdict", () => {
  it.each<readonly [AuditVerdict, string, Explanation]>([
    ["agree", "both sides hold the same", explanationOf(clean(copyOf(1)), copyOf(1))],
    ["store-answers", "nothing is cached", explanationOf({ state: "absent" }, copyOf(1), "store-answers")],
    ["store-answers", "a reader fills", explanationOf(lease, copyOf(1), "store-answers")],
    ["cache-behind", "the copy is older", explanationOf(clean(copyOf(1)), copyOf(2), "cache-behind")],
    [
      "store-answers",
      "the same while the cache is off",
      explanationOf(clean(copyOf(1)), copyOf(2), "cache-behind", "off"),
    ],
    [
      "store-answers",
      "the same while the cache is warm",
      explanationOf(clean(copyOf(1)), copyOf(2), "cache-behind", "warm"),
    ],
    [
      "wrong-payload",
      "the bytes differ",
      explanationOf(clean(copyOf(1)), withBody(copyOf(1), { payload: Buffer.from("x") })),
    ],
    ["wrong-payload", "one is deleted", explanationOf(clean(copyOf(1)), withBody(copyOf(1), { payload: null }))],
    [
      "wrong-payload",
      "the expiry differs",
      explanationOf(clean(copyOf(1)), withBody(copyOf(1), { expiresAtMs: NOW_MS + 9 })),
    ],
    ["expired-copy", "the copy is over", explanationOf(clean(withBody(copyOf(1), { expiresAtMs: NOW_MS })), copyOf(1))],
    ["orphaned-fence", "a write was left", explanationOf(fence, copyOf(2), "store-answers")],
    ["foreign", "the cache holds another program's bytes", explanationOf(foreign, copyOf(1), "store-answers")],
  ])("is %s where %s", (verdict, _, explanation) => {
    expect(auditVerdictOf(explanation, NOW_MS)).toBe(verdict);
  });

  it("is foreign where a side says that what it holds is not ours, and unknown where it says nothing", () => {
    const agreed = explanationOf(clean(copyOf(1)), copyOf(1), "unknown");
    const failedStore = (code: "STORE_CORRUPT" | "STORE_UNAVAILABLE"): Explanation => ({
      ...agreed,
      store: { kind: "failed", error: new CoreError(code, "no record") },
    });
    expect(auditVerdictOf(failedStore("STORE_CORRUPT"), NOW_MS)).toBe("foreign");
    expect(auditVerdictOf(failedStore("STORE_UNAVAILABLE"), NOW_MS)).toBe("unknown");
  });

  it("has its place in the list, and every violation has one", () => {
    expect(auditVerdicts).toEqual([...new Set(auditVerdicts)]);
    for (const violation of violations) expect(auditVerdicts).toContain(violation);
  });
});

describe("the fingerprint of a key's state", () => {
  it("changes with either side, and with the instance of a fence", () => {
    const states = [
      explanationOf({ state: "absent" }, copyOf(1)),
      explanationOf({ state: "absent" }, copyOf(2)),
      explanationOf(clean(copyOf(1)), copyOf(1)),
      explanationOf(fence, copyOf(1)),
      explanationOf({ ...fence, id: "g" }, copyOf(1)),
      explanationOf({ ...fence, pending: versionOf(3) }, copyOf(1)),
      explanationOf(lease, copyOf(1)),
      explanationOf({ ...lease, floor: versionOf(2) }, copyOf(1)),
      explanationOf(foreign, copyOf(1)),
    ];
    expect(new Set(states.map(fingerprintOf)).size).toBe(states.length);
    expect(fingerprintOf(explanationOf(fence, copyOf(1)))).toBe(fingerprintOf(explanationOf({ ...fence }, copyOf(1))));
  });
});
