import type { Receipt } from "@trilane/write-through";
import { expect, it } from "vitest";
import { deadLettersOf } from "../src/dead-letter.ts";

it("letters are those of refused records alone, each with its own place and input", () => {
  const receipts: readonly Receipt[] = [
    { status: "dead", reason: "not-an-object", detail: "it is a list" },
    { status: "failed", error: new Error("later") as never },
    { status: "dead", reason: "invalid-features", detail: "delay: not a number" },
  ];
  const asked: number[] = [];
  const letters = deadLettersOf(receipts, (index) => {
    asked.push(index);
    return { place: { row: index + 1 }, input: `input ${index}` };
  });
  expect(letters).toEqual([
    { place: { row: 1 }, input: "input 0", reason: "not-an-object", detail: "it is a list" },
    { place: { row: 3 }, input: "input 2", reason: "invalid-features", detail: "delay: not a number" },
  ]);
  expect(asked).toEqual([0, 2]);
});
