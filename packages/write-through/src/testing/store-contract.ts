/** The contract of every store adapter. Each test uses keys of its own. */
import { expect, it } from "vitest";
import type { Store, StorePut, StorePutReply } from "../ports/store.ts";
import { NO_VERSION } from "../protocol/version.ts";
import { copyOf, payloadOf, putOf, versionOf } from "./sample-records.ts";
import { pick, seededRandom } from "./seeded-random.ts";

export interface StoreContractOptions {
  readonly open: () => Promise<Store>;
  /** The number of random puts, in batches of random sizes, that are compared with a max-register per key. */
  readonly rounds: number;
  readonly seed: number;
}

const KEYS = 60;
const VERSIONS_MAX = 12;

export function storeContract({ open, rounds, seed }: StoreContractOptions): void {
  it("stores what is newer and refuses the rest with what it holds, one by one and in bulk", async () => {
    const store = await open();
    for (const size of [1, 3, 40]) {
      const keys = Array.from({ length: size }, (_, index) => `basic-${size}-${index}`);
      const put = (n: number): Promise<readonly StorePutReply[]> => store.put(keys.map((key) => putOf(key, n)));
      expect(await put(2)).toEqual(keys.map(() => ({ kind: "stored" })));
      expect(await put(3)).toEqual(keys.map(() => ({ kind: "stored" })));
      expect((await put(3)).map(refusal)).toEqual(keys.map(() => versionOf(3)));
      expect((await put(1)).map(refusal)).toEqual(keys.map(() => versionOf(3)));
      const reads = await store.read(keys);
      expect(reads.map((reply) => reply.kind === "found" && reply.copy.version)).toEqual(keys.map(() => versionOf(3)));
    }
  });

  it("gives absent keys the lowest version", async () => {
    const store = await open();
    expect(await store.read(["never-written"])).toEqual([{ kind: "found", copy: { version: NO_VERSION, body: null } }]);
    const replies = await store.read(["never-a", "never-b"]);
    expect(replies.map((reply) => reply.kind === "found" && reply.copy.body)).toEqual([null, null]);
  });

  it("keeps payloads, tombstones and subjects", async () => {
    const store = await open();
    const bodies = [payloadOf(1), null];
    const puts = Array.from({ length: 12 }, (_, index): StorePut => {
      const base = putOf(`body-${index}`, index + 1);
      const payload = bodies[index % 2] ?? null;
      return { ...base, body: { ...base.body, payload }, ...(index % 3 === 0 ? { subject: "person-1" } : {}) };
    });
    expect((await store.put(puts)).every(({ kind }) => kind === "stored")).toBe(true);
    const reads = await store.read(puts.map(({ key }) => key));
    reads.forEach((reply, index) => {
      const payload = reply.kind === "found" ? reply.copy.body?.payload : undefined;
      expect(payload === null ? null : Buffer.from(payload ?? []).toString()).toBe(
        index % 2 === 0 ? "payload 1" : null,
      );
    });
  });

  it(`is a max-register per key over ${rounds} random batches, single and bulk (seed ${seed})`, async () => {
    const store = await open();
    const random = seededRandom(seed);
    const highest = new Map<string, number>();
    for (let round = 0; round < rounds; round += 1) {
      const size = pick(random, [1, 2, 5, 25, 40]);
      const puts = new Map<string, number>();
      while (puts.size < size) {
        puts.set(`random-${seed}-${Math.floor(random() * KEYS)}`, 1 + Math.floor(random() * VERSIONS_MAX));
      }
      const batch = [...puts];
      const replies = await store.put(batch.map(([key, n]) => putOf(key, n)));
      batch.forEach(([key, n], index) => {
        const held = highest.get(key) ?? 0;
        const expected = n > held ? { kind: "stored" } : { kind: "refused", current: { version: versionOf(held) } };
        expect(replies[index], `round ${round}, ${key}: put ${n} on ${held}`).toMatchObject(expected);
        highest.set(key, Math.max(held, n));
      });
    }
    const keys = [...highest.keys()];
    const reads = await store.read(keys);
    keys.forEach((key, index) => {
      const reply = reads[index];
      expect(reply?.kind === "found" && reply.copy.version).toBe(copyOf(highest.get(key) ?? 0).version);
    });
  });

  it("lets the highest of concurrent puts of one key win", async () => {
    const store = await open();
    const versions = Array.from({ length: 30 }, (_, index) => index + 1);
    await Promise.all(
      versions.map((n) => (n % 2 === 0 ? store.put([putOf("race", n)]) : store.put(withCompany("race", n)))),
    );
    const [read] = await store.read(["race"]);
    expect(read?.kind === "found" && read.copy.version).toBe(versionOf(30));
  });
}

/** Adds so many other keys that the put goes in bulk. */
function withCompany(key: string, n: number): readonly StorePut[] {
  return [putOf(key, n), ...[1, 2, 3, 4].map((other) => putOf(`company-${n}-${other}`, n))];
}

function refusal(reply: StorePutReply): string {
  return reply.kind === "refused" ? reply.current.version : reply.kind;
}
