import type { FeatureChange } from "@trilane/feature-groups";
import type { Receipt, Version } from "@trilane/write-through";
import { expect, test } from "vitest";
import { GatheredWrites, type WriteChanges } from "../src/gathered-writes.ts";

const change = (name: string): FeatureChange => ({ kind: "put", group: "routes", input: name });
const receipt = (name: unknown): Receipt => ({ status: "applied", version: String(name) as Version });

/** A writer whose calls end when the test says so. */
function heldWriter() {
  const calls: { readonly names: readonly unknown[]; readonly signal: AbortSignal; end(): void; fail(): void }[] = [];
  const write: WriteChanges = (changes, signal) => {
    const names = changes.map(({ input }) => input);
    const { promise, resolve, reject } = Promise.withResolvers<readonly Receipt[]>();
    calls.push({ names, signal, end: () => resolve(names.map(receipt)), fail: () => reject(new Error("broken")) });
    return promise;
  };
  return { write, calls };
}

const { signal } = new AbortController();

test("pieces that come while a call is under way go together in the next one, and each gets its receipts", async () => {
  const { write, calls } = heldWriter();
  const gathered = new GatheredWrites({ callsMax: 1, recordsMax: 3 }, write);
  const pieces = [["a"], ["b", "c"], ["d"], ["e", "f", "g", "h"]];
  const answers = pieces.map((names) => gathered.write(names.map(change), signal));
  for (let index = 0; index < 3; index += 1) {
    calls[index]?.end();
    await new Promise(setImmediate);
  }
  expect(calls.map(({ names }) => names)).toEqual([["a"], ["b", "c", "d"], ["e", "f", "g", "h"]]);
  expect(await Promise.all(answers)).toEqual(pieces.map((names) => names.map(receipt)));
});

test("no more calls are under way than may be", async () => {
  const { write, calls } = heldWriter();
  const gathered = new GatheredWrites({ callsMax: 2, recordsMax: 10 }, write);
  for (const name of ["a", "b", "c", "d"]) void gathered.write([change(name)], signal);
  expect(calls).toHaveLength(2);
  calls[1]?.end();
  await new Promise(setImmediate);
  expect(calls.map(({ names }) => names)).toEqual([["a"], ["b"], ["c", "d"]]);
});

test("a call is cancelled when all of its pieces are", async () => {
  const { write, calls } = heldWriter();
  const gathered = new GatheredWrites({ callsMax: 1, recordsMax: 10 }, write);
  const [first, second] = [new AbortController(), new AbortController()];
  void gathered.write([change("a")], signal);
  void gathered.write([change("b")], first.signal);
  void gathered.write([change("c")], second.signal);
  calls[0]?.end();
  await new Promise(setImmediate);
  first.abort();
  expect(calls[1]?.signal.aborted).toBe(false);
  second.abort();
  expect(calls[1]?.signal.aborted).toBe(true);
});

test("a call that throws rejects its pieces, and the next one begins", async () => {
  const { write, calls } = heldWriter();
  const gathered = new GatheredWrites({ callsMax: 1, recordsMax: 10 }, write);
  const broken = gathered.write([change("a")], signal);
  const next = gathered.write([change("b")], signal);
  calls[0]?.fail();
  await expect(broken).rejects.toThrow("broken");
  calls[1]?.end();
  expect(await next).toEqual([receipt("b")]);
});
