/** An audit reports findings, and leaves out writes that are under way. */
import { CoreError, type Explanation, NO_VERSION } from "@trilane/write-through";
import { copyOf, versionOf, VirtualClock } from "@trilane/write-through/testing";
import { describe, expect, it } from "vitest";
import { auditKeys } from "../../src/audit/audit-keys.ts";

const clock = Object.assign(new VirtualClock(0), { sleep: () => Promise.resolve() });
const times = { looksMax: 4, pauseMs: 1 };
type Side = Explanation["cache"];

const absent: Side = { kind: "got", entry: { state: "absent" } };
const clean = (n: number): Side => ({ kind: "got", entry: { state: "clean", epoch: 1, copy: copyOf(n) } });
const fence = (n: number, id: string): Side => ({
  kind: "got",
  entry: { state: "fence", epoch: 1, id, pending: versionOf(n), replacedClean: false },
});

/** One key whose sides change at each look as listed, and then stay as in the last item. */
async function auditOf(...looks: readonly (readonly [cache: Side, stored: number])[]) {
  let look = 0;
  const explain = (key: string): Promise<Explanation> => {
    const [cache, stored] = looks[Math.min(look, looks.length - 1)] ?? [absent, 0];
    look += 1;
    const copy = stored === 0 ? { version: NO_VERSION, body: null } : copyOf(stored);
    const cached = cache.kind === "got" && cache.entry.state === "clean" ? cache.entry.copy.version : null;
    const verdict =
      cached === null
        ? "store-answers"
        : cached === copy.version
          ? "agree"
          : cached < copy.version
            ? "cache-behind"
            : "cache-ahead";
    return Promise.resolve({ key, epoch: 1, mode: "on", cache, store: { kind: "found", copy }, verdict });
  };
  const { counts } = await auditKeys(["k"], { explain, foreignAmong: () => Promise.resolve([]), clock }, times);
  return Object.entries(counts).flatMap(([verdict, count]) => (count > 0 ? [verdict] : []));
}

describe("an audit", () => {
  it("finds nothing where both agree, or the cache holds nothing", async () => {
    expect(await auditOf([clean(1), 1])).toEqual(["agree"]);
    expect(await auditOf([absent, 1])).toEqual(["store-answers"]);
  });

  it("reports an older copy that is there at every look, also while both sides change", async () => {
    expect(await auditOf([clean(1), 2])).toEqual(["cache-behind"]);
    expect(await auditOf([clean(1), 2], [clean(2), 3], [clean(3), 4], [clean(4), 5])).toEqual(["cache-behind"]);
  });

  it("takes a newer copy for a write between the looks, unless it stays", async () => {
    expect(await auditOf([clean(2), 1], [clean(2), 2])).toEqual(["agree"]);
    expect(await auditOf([clean(2), 1], [clean(3), 2], [clean(4), 3])).toEqual(["store-answers"]);
    expect(await auditOf([clean(2), 1])).toEqual(["cache-ahead"]);
  });

  it("takes a fence for a write at work, unless it is the same at every look", async () => {
    expect(await auditOf([fence(2, "a"), 1], [clean(2), 2])).toEqual(["agree"]);
    expect(await auditOf([fence(2, "a"), 1], [fence(3, "b"), 2])).toEqual(["store-answers"]);
    expect(await auditOf([fence(2, "a"), 2])).toEqual(["orphaned-fence"]);
    expect(await auditOf([fence(2, "a"), 1])).toEqual(["orphaned-fence"]);
  });

  it("tells copies of one version by their bytes", async () => {
    const copy = copyOf(1);
    const body = { payload: Buffer.from("other"), expiresAtMs: copy.body?.expiresAtMs ?? 0 };
    expect(await auditOf([{ kind: "got", entry: { state: "clean", epoch: 1, copy: { ...copy, body } } }, 1])).toEqual([
      "wrong-payload",
    ]);
  });

  it("counts nothing that is in a cache which nobody uses", async () => {
    const explain = (key: string): Promise<Explanation> =>
      Promise.resolve({
        key,
        epoch: 1,
        mode: "off",
        cache: clean(1),
        store: { kind: "found", copy: copyOf(2) },
        verdict: "cache-behind",
      });
    const { findings } = await auditKeys(["k"], { explain, foreignAmong: () => Promise.resolve([]), clock }, times);
    expect(findings).toEqual([]);
  });

  it("calls a side that could not be read unknown, and what is no entry foreign", async () => {
    const failed = (code: "CACHE_UNAVAILABLE" | "CACHE_CORRUPT"): Side => ({
      kind: "failed",
      error: new CoreError(code, "injected"),
    });
    expect(await auditOf([failed("CACHE_UNAVAILABLE"), 1])).toEqual(["unknown"]);
    expect(await auditOf([failed("CACHE_CORRUPT"), 1])).toEqual(["foreign"]);
  });
});
