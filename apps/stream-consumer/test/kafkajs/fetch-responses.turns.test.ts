/** A fetch of very many records gives turns while it is decoded, also within one batch. */
import { afterEach, expect, test, vi } from "vitest";
import { decodeFetch, takeIncidentsOf } from "../../src/kafkajs/fetch-responses.ts";
import { fetchBytes } from "./fetch-bytes.ts";

const TOPIC = "turns";
const RECORDS = 20_000;

afterEach(() => vi.restoreAllMocks());

test("the event loop turns while one batch of 20,000 records is decoded", async () => {
  takeIncidentsOf([TOPIC]);
  const records = Array.from({ length: RECORDS }, (_, delta) => ({ delta, key: null, value: Buffer.from("{}") }));
  const bytes = fetchBytes({
    topic: TOPIC,
    highWatermark: RECORDS,
    batches: [{ baseOffset: 0, lastOffsetDelta: RECORDS - 1, records }],
  });
  let nowMs = 0;
  // A few looks at this clock take a whole turn.
  vi.spyOn(performance, "now").mockImplementation(() => (nowMs += 3));
  let [turns, isOver] = [0, false];
  const turn = (): void => {
    turns += 1;
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  const topics = [{ topic: TOPIC, partitions: [{ partition: 0, fetchOffset: "0" }] }];
  const { responses } = await decodeFetch(bytes, { version: 11, topics });
  isOver = true;
  expect(responses[0]?.partitions[0]?.messages[0]?.records).toHaveLength(RECORDS);
  expect(turns).toBeGreaterThanOrEqual(RECORDS / 1_000);
});
