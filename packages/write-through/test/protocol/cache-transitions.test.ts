/** The commands of the cache, rule by rule; docs/protocol.md has the numbers. */
import { copyOf, versionOf } from "@trilane/write-through/testing";
import { describe, expect, it } from "vitest";
import type { StoredBody } from "../../src/index.ts";
import {
  ABSENT,
  createCacheTransitions,
  type Entry,
  type FenceEntry,
  type ForeignEntry,
  type LeaseEntry,
} from "../../src/protocol/index.ts";

const cache = createCacheTransitions<StoredBody>();
const EPOCH = 4;
const clean = (n: number): Entry<StoredBody> => ({ state: "clean", epoch: EPOCH, copy: copyOf(n) });
const fence = (pending: number, id = "f"): FenceEntry => ({
  state: "fence",
  epoch: EPOCH,
  id,
  pending: versionOf(pending),
  replacedClean: false,
});
const lease = (floor: number): LeaseEntry => ({ state: "lease", epoch: EPOCH, token: "t", floor: versionOf(floor) });
const foreign = (text: string): ForeignEntry => ({ state: "foreign", seen: Buffer.from(text) });
const told = (n: number, id = "f", keep = true) => ({ epoch: EPOCH, id, copy: copyOf(n), keep });
const withoutId = (n: number) => ({ ...told(n), id: null });
const filled = (n: number, token = "t", keep = true) => ({ epoch: EPOCH, token, copy: copyOf(n), keep });

describe("fence", () => {
  const command = { epoch: EPOCH, version: versionOf(2), id: "g" };

  it("takes the place of what is older, and remembers that a copy was there", () => {
    expect(cache.fence(ABSENT, command)).toEqual({
      entry: fence(2, "g"),
      reply: { kind: "fenced", id: "g", replacedClean: false },
    });
    expect(cache.fence(clean(1), command)).toMatchObject({ reply: { kind: "fenced", replacedClean: true } });
    expect(cache.fence(lease(0), command)).toMatchObject({ entry: { state: "fence", id: "g" } });
    expect(cache.fence(foreign("x"), command)).toMatchObject({ entry: { state: "fence", id: "g" } });
  });

  it("changes no copy that covers the write", () => {
    expect(cache.fence(clean(2), command)).toEqual({
      entry: clean(2),
      reply: { kind: "covered", version: versionOf(2) },
    });
  });

  it("joins a fence that is there, under its id and the highest version of both", () => {
    expect(cache.fence(fence(1), command)).toMatchObject({ entry: fence(2), reply: { id: "f" } });
    expect(cache.fence(fence(3), command)).toMatchObject({ entry: fence(3), reply: { id: "f" } });
  });
});

describe("publish", () => {
  it("makes the copy clean for the holder of the fence, once all that was pending is stored", () => {
    expect(cache.publish(fence(2), told(2))).toEqual(clean(2));
    expect(cache.publish(fence(2), told(3))).toEqual(clean(3));
    expect(cache.publish(fence(3), told(2))).toEqual(fence(3));
    expect(cache.publish(fence(2), told(2, "f", false))).toEqual(ABSENT);
  });

  it("clears no other fence, and tells it what the store holds", () => {
    expect(cache.publish(fence(1, "g"), told(2))).toEqual(fence(2, "g"));
    expect(cache.publish(fence(3, "g"), told(2))).toEqual(fence(3, "g"));
  });

  it("creates nothing where nothing is: the command may be late", () => {
    expect(cache.publish(ABSENT, told(2))).toEqual(ABSENT);
    expect(cache.publish(foreign("x"), told(2))).toEqual(ABSENT);
  });

  it("removes a copy that is behind, and no other", () => {
    expect(cache.publish(clean(1), told(2))).toEqual(ABSENT);
    expect(cache.publish(clean(3), told(2))).toEqual(clean(3));
  });

  it("ends a lease, whose holder may have read the store before the put", () => {
    expect(cache.publish(lease(0), told(2))).toEqual(ABSENT);
  });
});

describe("lease, raise and fill", () => {
  it("a lease is granted where nothing is, again to its holder, and to nobody else", () => {
    const command = { epoch: EPOCH, token: "t" };
    expect(cache.lease(ABSENT, command)).toEqual({ entry: lease(0), reply: { kind: "granted" } });
    expect(cache.lease(foreign("x"), command)).toMatchObject({ reply: { kind: "granted" } });
    expect(cache.lease(lease(1), command)).toEqual({ entry: lease(1), reply: { kind: "granted" } });
    for (const entry of [clean(1), fence(1), { ...lease(1), token: "u" }]) {
      expect(cache.lease(entry, command)).toEqual({ entry, reply: { kind: "taken", entry } });
    }
  });

  it("a raise lifts the floor of the reader that fills, and never lowers it", () => {
    expect(cache.raise(lease(1), withoutId(2))).toEqual(lease(2));
    expect(cache.raise(lease(3), withoutId(2))).toEqual(lease(3));
  });

  it("a raise clears the fence that its reader met, once all that was pending is stored", () => {
    expect(cache.raise(fence(2), told(2))).toEqual(clean(2));
    expect(cache.raise(fence(2), withoutId(2))).toEqual(fence(2));
    expect(cache.raise(fence(2), told(1))).toEqual(fence(2));
  });

  it("a fill needs its own lease, and is never below what another reader has answered", () => {
    expect(cache.fill(lease(1), filled(1))).toEqual(clean(1));
    expect(cache.fill(lease(2), filled(1))).toEqual(ABSENT);
    expect(cache.fill(lease(0), filled(1, "t", false))).toEqual(ABSENT);
    expect(cache.fill(lease(0), filled(1, "u"))).toEqual(lease(1));
    expect(cache.fill(ABSENT, filled(1))).toEqual(ABSENT);
    expect(cache.fill(fence(2), filled(2))).toEqual(fence(2));
  });
});

describe("heal", () => {
  it("removes exactly the bytes that were seen", () => {
    expect(cache.heal(foreign("x"), foreign("x"))).toEqual(ABSENT);
    for (const entry of [foreign("y"), foreign("xx"), fence(1), clean(1), ABSENT]) {
      expect(cache.heal(entry, foreign("x"))).toEqual(entry);
    }
  });
});

describe("a command of another epoch", () => {
  it("sees nothing of what was there", () => {
    for (const entry of [clean(3), fence(3), lease(3)]) expect(cache.view(entry, EPOCH + 1)).toEqual(ABSENT);
    expect(cache.view(foreign("x"), EPOCH + 1)).toEqual(foreign("x"));
    expect(cache.fence(clean(3), { epoch: EPOCH + 1, version: versionOf(1), id: "g" })).toMatchObject({
      entry: { state: "fence", epoch: EPOCH + 1, pending: versionOf(1), replacedClean: false },
    });
    expect(cache.publish(fence(2), { ...told(2), epoch: EPOCH + 1 })).toEqual(ABSENT);
  });
});
