import { makeVersion, type StoredCopy } from "@trilane/write-through";
import { VirtualClock } from "@trilane/write-through/testing";
import { expect, it, vi } from "vitest";
import { contentHash, encodePayload, KnownPayloads } from "../src/index.ts";

const MINUTE_MS = 60_000;

function copyOf(n: number): StoredCopy & { readonly body: { readonly payload: Uint8Array } } {
  const payload = encodePayload(1, { n });
  const version = makeVersion({ eventTimeUs: n, sequence: 0n, lane: "batch", contentHash: contentHash(payload) });
  return { version, body: { payload, expiresAtMs: 1 } };
}

const textOf = (): string => "not called by this class";

function use(group: string) {
  return { group, textOf };
}

function named({ version, body: { payload } }: ReturnType<typeof copyOf>) {
  return { version, payload, expiresAtMs: 1 };
}

it("says of known bytes what it said before, and of all others what their hash says", () => {
  const known = new KnownPayloads({ clock: new VirtualClock() });
  const copy = copyOf(1);
  expect([known.isIntact(copy), known.isIntact(copy)]).toEqual([true, true]);
  const damaged = { ...copy, body: { ...copy.body, payload: copy.body.payload.with(-1, 7) } };
  expect([known.isIntact(damaged), known.isIntact(copy), known.isIntact(damaged)]).toEqual([false, true, false]);
  const cut = { ...copy, body: { ...copy.body, payload: copy.body.payload.subarray(1) } };
  expect(known.isIntact(cut)).toBe(false);
});

it("knows bytes that were in a buffer which others write into since", () => {
  const known = new KnownPayloads({ clock: new VirtualClock() });
  const copy = copyOf(1);
  expect(known.isIntact(copy)).toBe(true);
  copy.body.payload.fill(0);
  expect([known.isIntact(copy), known.isIntact(copyOf(1))]).toEqual([false, true]);
});

it("makes the text of known bytes once for a group and a way to make it, and of unknown bytes each time", () => {
  const known = new KnownPayloads({ clock: new VirtualClock() });
  const copy = copyOf(1);
  const make = vi.fn(() => '{"n":1}');
  known.textOf(use("a"), named(copy), make);
  expect(known.textOf(use("a"), named(copy), make)).toBe('{"n":1}');
  expect(make).toHaveBeenCalledTimes(2);
  known.isIntact(copy);
  known.textOf(use("a"), named(copy), make);
  known.textOf(use("a"), named(copy), make);
  expect(make).toHaveBeenCalledTimes(3);
  expect(known.textOf(use("b"), named(copy), () => '{"n":1,"m":0}')).toBe('{"n":1,"m":0}');
  expect(known.textOf(use("a"), named(copy), make)).toBe('{"n":1}');
  expect(known.textOf(use("a"), { ...named(copy), expiresAtMs: 2 }, () => '{"n":1,"end":2}')).toBe('{"n":1,"end":2}');
  const other = { group: "a", textOf: (): string => "another way" };
  expect(known.textOf(other, named(copy), () => "n is 1")).toBe("n is 1");
});

it("forgets what nobody asked for within two minutes, though others are asked for all the time", () => {
  const clock = new VirtualClock();
  const known = new KnownPayloads({ clock });
  const [hot, cold] = [copyOf(1), copyOf(2)];
  const make = vi.fn(() => "{}");
  known.isIntact(cold);
  known.textOf(use("a"), named(cold), make);
  for (let minute = 0; minute < 3; minute += 1) {
    clock.advance(MINUTE_MS + 1);
    for (let round = 0; round < 2_000; round += 1) known.isIntact(hot);
  }
  known.textOf(use("a"), named(cold), make);
  expect(make).toHaveBeenCalledTimes(2);
});

it("keeps no more than its bytes, the latest ones", () => {
  const known = new KnownPayloads({ clock: new VirtualClock(), bytesMax: 10_000 });
  const copies = Array.from({ length: 1_000 }, (_, n) => copyOf(n + 1));
  for (const copy of copies) known.isIntact(copy);
  const make = vi.fn(() => "{}");
  for (const copy of copies) known.textOf(use("a"), named(copy), make);
  make.mockClear();
  for (const copy of copies.toReversed()) known.textOf(use("a"), named(copy), make);
  const knownCount = copies.length - make.mock.calls.length;
  expect(knownCount).toBeGreaterThan(10);
  expect(knownCount).toBeLessThan(60);
});
