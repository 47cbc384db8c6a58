/** A call of very many records gives turns in each of its passes, and not while it decodes alone. */
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
  const answer = core.write.bind(core);
  core.write = async (records, options) => {
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
  const lookedAtLeast = RECORDS / RECORDS_BETWEEN_LOOKS_MAX;
  expect(answered.atTurn).toBeGreaterThanOrEqual(lookedAtLeast);
  expect(turns.count() - answered.atTurn).toBeGreaterThanOrEqual(lookedAtLeast);
});
