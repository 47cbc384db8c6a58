import { expect, test } from "vitest";
import { sizeOf, SliceWindow } from "../src/slice-window.ts";

test("a slice waits for room in records and in bytes, and slices keep their order", async () => {
  const window = new SliceWindow({ recordsMax: 10, bytesMax: 100 });
  const entered: string[] = [];
  const enter = (name: string, records: number, bytes: number): Promise<void> =>
    window.enter({ records, bytes }).then(() => void entered.push(name));
  await enter("first", 6, 10);
  const waiting = [enter("too many records", 5, 10), enter("small", 1, 1)];
  await Promise.resolve();
  expect(entered).toEqual(["first"]);
  window.leave({ records: 6, bytes: 10 });
  await Promise.all(waiting);
  expect(entered).toEqual(["first", "too many records", "small"]);
  const large = enter("too many bytes", 1, 95);
  window.leave({ records: 5, bytes: 10 });
  await Promise.resolve();
  expect(entered).not.toContain("too many bytes");
  window.leave({ records: 1, bytes: 1 });
  await large;
});

test("a slice that is larger than the window has it alone", async () => {
  const window = new SliceWindow({ recordsMax: 10, bytesMax: 100 });
  const [large, small] = [
    { records: 50, bytes: 5_000 },
    { records: 1, bytes: 1 },
  ];
  await window.enter(large);
  let isIn = false;
  const entered = window.enter(small).then(() => (isIn = true));
  await Promise.resolve();
  expect(isIn).toBe(false);
  window.leave(large);
  await entered;
});

test("the size of records is that of their keys and values", () => {
  const record = { offset: 0n, timestampMs: 0, key: Buffer.from("k"), value: Buffer.from("val"), headers: [] };
  expect(sizeOf([record, { ...record, key: null }, { ...record, value: null }])).toEqual({ records: 3, bytes: 8 });
});
