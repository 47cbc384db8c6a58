/** A call of very many records gives turns in each of its passes, and not while it decodes alone. */
import { itemAt, type Receipt } from "@trilane/write-through";
import { afterEach, expect, test, vi } from "vitest";
import { createFeatureWriter, type FeatureChange } from "../src/index.ts";
import { config, flight, MemoryCore } from "./fixtures.ts";

const RECORDS = 50_000;
/** A pass that looks at the clock more rarely than this keeps the loop for too long, even with a microsecond a record. */
const RECORDS_BETWEEN_LOOKS_MAX = 1_000;

afterEach(() => vi.restoreAllMocks());

/** Counts the turns of the event loop until it is stopped. */
function countTurns(): { count: () => number; stop: () => void } {
  let turns = 0;
  let isOver = false;
  const turn = (): void => {
    turns += 1;
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  return { count: () => turns, stop: () => (isOver = true) };
}

/** Whether the receipt is of this change: the one that is stored was applied, and the others lost to it. */
function isOf(receipt: Receipt, change: FeatureChange, core: MemoryCore): boolean {
  const { destination } = change.input as { readonly destination: string };
  const stored = core.records.get(`routes#SEA#${destination}`)?.version;
  if (receipt.status === "applied") return receipt.version === stored;
  return receipt.status === "superseded" && receipt.by === stored;
}

test.each([
  ["onto one key", (): string => "SFO"],
  ["onto a key each", (index: number): string => `D${index}`],
])("after the core's answer a call of 50,000 records %s still gives turns", async (_, destinationOf) => {
  let nowMs = 0;
  // A few looks at this clock take a whole turn.
  vi.spyOn(performance, "now").mockImplementation(() => (nowMs += 3));
  const core = new MemoryCore();
  const turns = countTurns();
  const answered = { atTurn: 0 };
  const calls: { readonly records: number; readonly atTurn: number }[] = [];
  const answer = core.write.bind(core);
  core.write = async (records, options) => {
    calls.push({ records: records.length, atTurn: turns.count() });
    const receipts = await answer(records, options);
    answered.atTurn = turns.count();
    return receipts;
  };
  const changes = Array.from({ length: RECORDS }, (__, index): FeatureChange => {
    return { kind: "put", group: "routes", input: { ...flight, destination: destinationOf(index), delay: index } };
  });
  const receipts = await createFeatureWriter(config, core).writeMany(changes, { lane: "stream" });
  turns.stop();
  expect(receipts).toHaveLength(RECORDS);
  // The core gives no turns within a call, so it gets no call of very many records, nor two in one turn.
  expect(Math.max(...calls.map(({ records }) => records))).toBeLessThanOrEqual(5_000);
  expect(new Set(calls.map(({ atTurn }) => atTurn)).size).toBe(calls.length);
  expect(receipts.every((receipt, index) => isOf(receipt, itemAt(changes, index), core))).toBe(true);
  const lookedAtLeast = RECORDS / RECORDS_BETWEEN_LOOKS_MAX;
  expect(answered.atTurn).toBeGreaterThanOrEqual(lookedAtLeast);
  expect(turns.count() - answered.atTurn).toBeGreaterThanOrEqual(lookedAtLeast);
});
