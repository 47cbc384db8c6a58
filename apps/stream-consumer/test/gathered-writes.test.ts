/** Pieces are checked while calls are under way, and go together in the next one. */
import { getEventListeners } from "node:events";
import type { FeatureChange } from "@trilane/feature-groups";
import type { Receipt, Version } from "@trilane/write-through";
import { expect, test } from "vitest";
import { GatheredWrites, type GatherLimits, type GatherPorts } from "../src/gathered-writes.ts";

const change = (name: string): FeatureChange => ({ kind: "put", group: "routes", input: name });
const receipt = (name: unknown): Receipt => ({ status: "applied", version: String(name) as Version });

/** A writer whose calls and checks end when the test says so; checks that are not held end at once. */
function heldWriter({ areChecksHeld = false } = {}) {
  const calls: { readonly names: readonly unknown[]; readonly signal: AbortSignal; end(): void; fail(): void }[] = [];
  const checks: { readonly names: readonly unknown[]; end(): void }[] = [];
  const ports: GatherPorts = {
    check: () => ({
      add: (changes) => {
        const { promise, resolve } = Promise.withResolvers<void>();
        checks.push({ names: changes.map(({ input }) => input), end: resolve });
        if (!areChecksHeld) resolve();
        return promise;
      },
    }),
    write: ({ changes }, signal) => {
      const names = changes.map(({ input }) => input);
      const { promise, resolve, reject } = Promise.withResolvers<readonly Receipt[]>();
      calls.push({ names, signal, end: () => resolve(names.map(receipt)), fail: () => reject(new Error("broken")) });
      return promise;
    },
  };
  return { ports, calls, checks };
}

const limits: GatherLimits = { callsMax: 1, recordsMax: 10, besideRecordsMax: 10, enoughRecords: 1 };
const turn = (): Promise<void> => new Promise(setImmediate);
const { signal } = new AbortController();

test("pieces that come while a call is under way go together in the next one, and each gets its receipts", async () => {
  const { ports, calls } = heldWriter();
  const gathered = new GatheredWrites({ ...limits, recordsMax: 3 }, ports);
  const pieces = [["a"], ["b", "c"], ["d"], ["e", "f", "g", "h"]];
  const answers = pieces.map((names) => gathered.write(names.map(change), signal));
  await turn();
  for (let index = 0; index < 3; index += 1) {
    calls[index]?.end();
    await turn();
  }
  expect(calls.map(({ names }) => names)).toEqual([["a"], ["b", "c", "d"], ["e", "f", "g", "h"]]);
  expect(await Promise.all(answers)).toEqual(pieces.map((names) => names.map(receipt)));
});

test("no more calls are under way than may be", async () => {
  const { ports, calls } = heldWriter();
  const gathered = new GatheredWrites({ ...limits, callsMax: 2 }, ports);
  for (const name of ["a", "b", "c", "d"]) {
    void gathered.write([change(name)], signal);
    await turn();
  }
  expect(calls).toHaveLength(2);
  calls[1]?.end();
  await turn();
  expect(calls.map(({ names }) => names)).toEqual([["a"], ["b"], ["c", "d"]]);
});

test.each(["end", "fail"] as const)(
  "nobody listens to the signals of pieces whose call has come to its %s",
  async (how) => {
    const { ports, calls } = heldWriter();
    const gathered = new GatheredWrites(limits, ports);
    const signals = ["a", "b", "c"].map((name) => {
      const piece = AbortSignal.any([signal, new AbortController().signal]);
      gathered.write([change(name)], piece).catch(() => undefined);
      return piece;
    });
    await turn();
    calls[0]?.end();
    await turn();
    calls[1]?.[how]();
    await turn();
    expect(calls.map(({ names }) => names)).toEqual([["a"], ["b", "c"]]);
    expect(signals.map((one) => getEventListeners(one, "abort"))).toEqual([[], [], []]);
  },
);

test("a call is cancelled when all of its pieces are", async () => {
  const { ports, calls } = heldWriter();
  const gathered = new GatheredWrites(limits, ports);
  const [first, second] = [new AbortController(), new AbortController()];
  void gathered.write([change("a")], signal);
  void gathered.write([change("b")], first.signal);
  void gathered.write([change("c")], second.signal);
  await turn();
  calls[0]?.end();
  await turn();
  first.abort();
  expect(calls[1]?.signal.aborted).toBe(false);
  second.abort();
  expect(calls[1]?.signal.aborted).toBe(true);
});

test("a call that throws rejects its pieces, and the next one begins", async () => {
  const { ports, calls } = heldWriter();
  const gathered = new GatheredWrites(limits, ports);
  const broken = gathered.write([change("a")], signal);
  const next = gathered.write([change("b")], signal);
  await turn();
  calls[0]?.fail();
  await expect(broken).rejects.toThrow("broken");
  calls[1]?.end();
  expect(await next).toEqual([receipt("b")]);
});

test("pieces that come while a call is under way are checked before it ends", async () => {
  const { ports, calls, checks } = heldWriter();
  const gathered = new GatheredWrites(limits, ports);
  for (const name of ["a", "b", "c"]) {
    void gathered.write([change(name)], signal);
    await turn();
  }
  expect(calls.map(({ names }) => names)).toEqual([["a"]]);
  expect(checks.map(({ names }) => names)).toEqual([["a"], ["b"], ["c"]]);
});

test("a piece that comes alone goes as soon as it is checked, and waits for no other one", async () => {
  const { ports, calls } = heldWriter();
  const gathered = new GatheredWrites({ ...limits, enoughRecords: 5 }, ports);
  void gathered.write([change("a")], signal);
  await turn();
  expect(calls.map(({ names }) => names)).toEqual([["a"]]);
});

test("pieces that have come already join the first one, until they are enough", async () => {
  const { ports, calls } = heldWriter();
  const gathered = new GatheredWrites({ ...limits, enoughRecords: 3 }, ports);
  for (const names of [["a"], ["b", "c"], ["d"]]) void gathered.write(names.map(change), signal);
  await turn();
  expect(calls.map(({ names }) => names)).toEqual([["a", "b", "c"]]);
});

test("a call that ends while a piece is checked does not send half of it", async () => {
  const { ports, calls, checks } = heldWriter({ areChecksHeld: true });
  const gathered = new GatheredWrites(limits, ports);
  void gathered.write([change("a")], signal);
  checks[0]?.end();
  await turn();
  void gathered.write([change("b")], signal);
  calls[0]?.end();
  await turn();
  expect(calls).toHaveLength(1);
  checks[1]?.end();
  await turn();
  expect(calls.map(({ names }) => names)).toEqual([["a"], ["b"]]);
});

test("beside another call goes a small one, and a large one waits for it", async () => {
  const { ports, calls } = heldWriter();
  const gathered = new GatheredWrites({ ...limits, callsMax: 2, besideRecordsMax: 1 }, ports);
  for (const names of [["a"], ["b", "c"]]) {
    void gathered.write(names.map(change), signal);
    await turn();
  }
  expect(calls).toHaveLength(1);
  calls[0]?.end();
  await turn();
  void gathered.write([change("d")], signal);
  await turn();
  expect(calls.map(({ names }) => names)).toEqual([["a"], ["b", "c"], ["d"]]);
});

test("a check that throws rejects the pieces of its call, and the next ones are checked anew", async () => {
  const { ports, calls } = heldWriter();
  let isBroken = true;
  const check: GatherPorts["check"] = () =>
    isBroken ? { add: () => Promise.reject(new Error("a broken schema")) } : ports.check();
  const gathered = new GatheredWrites(limits, { ...ports, check });
  await expect(gathered.write([change("a")], signal)).rejects.toThrow("a broken schema");
  isBroken = false;
  const next = gathered.write([change("b")], signal);
  await turn();
  calls[0]?.end();
  expect(await next).toEqual([receipt("b")]);
});

test("the pieces of a call are settled in a turn of the event loop each, and the next call begins before that", async () => {
  const { ports, calls } = heldWriter();
  const gathered = new GatheredWrites({ ...limits, enoughRecords: 3 }, ports);
  const settled: string[] = [];
  for (const name of ["a", "b", "c", "d"]) {
    void gathered.write([change(name)], signal).then(() => settled.push(name));
  }
  await turn();
  calls[0]?.end();
  const seen: string[] = [];
  for (let turns = 0; turns < 4; turns += 1) {
    await turn();
    seen.push(`${calls.length} ${settled.join("")}`);
  }
  expect(seen).toEqual(expect.arrayContaining(["2 a", "2 ab", "2 abc"]));
});
