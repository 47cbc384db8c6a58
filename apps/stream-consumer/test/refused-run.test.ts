import { expect, test } from "vitest";
import { NO_RUN, type Refusal, scanRefusals } from "../src/refused-run.ts";

const bad: Refusal = { serialization: null, reason: "r", detail: "d" };
const avro: Refusal = { ...bad, serialization: "Avro" };
const gzip: Refusal = { ...bad, serialization: "gzip" };
const many = (refusal: Refusal | null, count: number): (Refusal | null)[] =>
  Array.from({ length: count }, () => refusal);

test("a run goes on from one piece to the next, and a good record ends it", () => {
  const { run } = scanRefusals([null, ...many(bad, 3)], NO_RUN, 5);
  expect(run.count).toBe(3);
  expect(scanRefusals(many(bad, 2), run, 5).stop).toMatchObject({ startIndex: 0, lastIndex: 1 });
  expect(scanRefusals([null, ...many(bad, 4)], run, 5)).toMatchObject({ stop: null, run: { count: 4 } });
});

test("ten records in a row of one other serialisation are enough, of several they are not", () => {
  expect(scanRefusals([null, ...many(avro, 10)], NO_RUN, 1_000).stop).toMatchObject({
    reason: "other-serialization",
    startIndex: 1,
    lastIndex: 10,
    detail: "10 records in a row are not JSON but Avro",
  });
  expect(scanRefusals([...many(avro, 9), ...many(gzip, 9), ...many(bad, 9)], NO_RUN, 1_000).stop).toBeNull();
});

test("a limit below ten holds for other serialisations, too", () => {
  expect(scanRefusals(many(avro, 3), NO_RUN, 3).stop).toMatchObject({ reason: "other-serialization", lastIndex: 2 });
});
