/**
 * Records in many processes, of which one is killed, and makes one history of
 * the recordings.
 */
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CoreError, NO_VERSION, type ReadResult, type Receipt, type TimeOfDay } from "@trilane/write-through";
import { recordOf, versionOf } from "@trilane/write-through/testing";
import { afterEach, beforeEach, expect, it } from "vitest";
import { mergeRecordings } from "../../src/history/merge-recordings.ts";
import type { Operation } from "../../src/history/history.ts";
import { recordReader, recordWriter } from "../../src/history/record-core.ts";
import { HistoryRecorder } from "../../src/history/recorder.ts";

let directory = "";
let timeNs = 0;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "trilane-recorder-"));
  timeNs = 0;
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

function recorderOf(process: number): { readonly file: string; readonly recorder: HistoryRecorder } {
  const file = join(directory, `${process}.recording`);
  const nowNs = (): number => {
    timeNs += 10;
    return timeNs;
  };
  return { file, recorder: new HistoryRecorder({ file, process, nowNs }) };
}

async function merge(files: readonly string[]): Promise<{
  readonly operations: readonly Operation[];
  readonly merged: Awaited<ReturnType<typeof mergeRecordings>>;
}> {
  const output = join(directory, "history.ndjson");
  const merged = await mergeRecordings(files, output);
  const lines = readFileSync(output, "utf8").trim().split("\n");
  return { merged, operations: lines.map((line) => JSON.parse(line) as Operation) };
}

function writerThat(receipts: readonly Receipt[]): Parameters<typeof recordWriter>[0] {
  return { write: () => Promise.resolve(receipts), isErased: () => false, timeOfDay };
}

const stream = { lane: "stream" } as const;
const timeOfDay = (): TimeOfDay => ({ kind: "confirmed", nowMs: 0 });

it("tells what became of each write, and of what superseded it", async () => {
  const { file, recorder } = recorderOf(7);
  const failure = new CoreError("STORE_UNAVAILABLE", "stalled");
  const writer = recordWriter(
    writerThat([
      { status: "applied", version: versionOf(2) },
      { status: "superseded", version: versionOf(1), by: versionOf(5) },
      { status: "failed", error: failure },
      { status: "expired", version: versionOf(4) },
    ]),
    recorder,
  );
  await writer.write([recordOf("a", 2), recordOf("b", 1), recordOf("c", 3), recordOf("d", 4)], stream);
  const { operations, merged } = await merge([file]);
  const write = { process: 7, op: "write" };
  expect(operations).toEqual([
    { ...write, key: "a", version: versionOf(2), invoke: 10, return: 20 },
    { ...write, key: "b", version: versionOf(1), invoke: 10, return: 20 },
    { ...write, key: "c", version: versionOf(3), invoke: 10, return: null },
    { ...write, key: "b", version: versionOf(5), invoke: 20, return: 20 },
  ]);
  expect(merged.receipts).toMatchObject({ applied: 1, superseded: 1, failed: 1, expired: 1 });
  expect(merged.settled).toEqual(new Set([2, 1, 4].map((n, index) => `${"abd"[index]} ${versionOf(n)}`)));
});

it("lets a write that was erased promise nothing, and keeps what its judge needs", async () => {
  const { file, recorder } = recorderOf(7);
  const subject = "a".repeat(32);
  const writer = recordWriter(
    writerThat([
      { status: "erased", version: versionOf(2) },
      { status: "applied", version: versionOf(3) },
    ]),
    recorder,
  );
  await writer.write([{ ...recordOf("a", 2), subject }, recordOf("b", 3)], stream);
  recorder.erased([4, 5]);
  const { operations, merged } = await merge([file]);
  expect(operations.map((operation) => operation.return)).toEqual([null, 20]);
  expect(merged.settled.size).toBe(2);
  expect(merged.reached).toEqual(new Set([`b ${versionOf(3)}`]));
  expect(merged.subjects).toEqual(new Map([[versionOf(2), subject]]));
  expect(merged.judged).toEqual([{ key: "a", version: versionOf(2), status: "erased", invoke: 10, return: 20 }]);
  expect(merged.erasedAt).toEqual(new Map([4, 5].map((number) => [number, 30])));
});

it("has a write in the file before it is sent, and takes it for unknown when its process dies", async () => {
  const { file, recorder } = recorderOf(1);
  let seen = "";
  const writer = recordWriter(
    {
      write: () => {
        seen = readFileSync(file, "utf8");
        return new Promise(() => undefined);
      },
      isErased: () => false,
      timeOfDay,
    },
    recorder,
  );
  void writer.write([recordOf("a", 1)], stream);
  expect(seen).toContain(versionOf(1));
  // The kill came in the middle of a line.
  appendFileSync(file, '{"call":1,"ret');
  const { operations, merged } = await merge([file]);
  expect(operations).toEqual([{ process: 1, op: "write", key: "a", version: versionOf(1), invoke: 10, return: null }]);
  expect(merged).toMatchObject({ writes: 1, unknown: 1, reads: 0 });
});

it("refuses a recording that is damaged anywhere but at its end", async () => {
  const { file } = recorderOf(1);
  appendFileSync(file, '{"call":1,"ret\n{"call":2}\n');
  await expect(mergeRecordings([file], join(directory, "history.ndjson"))).rejects.toThrow(/JSON/);
});

it("records what was answered, and nothing of what failed", async () => {
  const { file, recorder } = recorderOf(2);
  const failed: ReadResult = { kind: "failed", error: new CoreError("CACHE_UNAVAILABLE", "gone") };
  const results: readonly ReadResult[] = [
    { kind: "found", version: versionOf(3), payload: new Uint8Array(), expiresAtMs: 1, source: "cache" },
    { kind: "absent", version: NO_VERSION, source: "store" },
    { kind: "absent", version: versionOf(4), source: "store" },
    failed,
  ];
  const reader = recordReader(
    {
      read: () => Promise.resolve(results),
      readOne: () => Promise.resolve(failed),
      explain: () => Promise.reject(new Error("not asked")),
    },
    recorder,
  );
  await reader.read(["a", "b", "c", "d"]);
  await reader.readOne("e");
  recorder.flush();
  const { operations } = await merge([file]);
  expect(operations.map(({ key, version, invoke, found }) => ({ key, version, invoke, found }))).toEqual([
    { key: "a", version: versionOf(3), invoke: 10, found: undefined },
    { key: "b", version: null, invoke: 10, found: undefined },
    { key: "c", version: versionOf(4), invoke: 10, found: false },
  ]);
});

it("keeps reads in memory for a tenth of a second, so that a kill loses no more than that", () => {
  const { file, recorder } = recorderOf(3);
  const read = (key: string): void => recorder.read({ key, version: null, invoke: timeNs, return: timeNs });
  read("a");
  read("b");
  expect(existsSync(file)).toBe(false);
  timeNs += 100_000_000;
  read("c");
  expect(readFileSync(file, "utf8").trim().split("\n")).toHaveLength(3);
});
