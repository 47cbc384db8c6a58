/** A group whose keys are stored as digests: callers name the entity, and nothing that is stored or reported does. */
import type { Lane } from "@trilane/write-through";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import {
  createFeatureReader,
  createFeatureWriter,
  createSubjectDigests,
  days,
  defineConfig,
  defineGroup,
  definitionDigest,
  encodeKey,
} from "../../src/index.ts";
import { MemoryCore, NOW_MS } from "../fixtures.ts";

const common = {
  key: ["mail", "seat"],
  eventTime: { field: "at", unit: "ms" },
  subject: "mail",
  schema: z.object({ miles: z.int(), seat: z.int().max(400) }),
  ttlMs: days(30),
} as const;
const definitions = {
  travellers: defineGroup({ ...common, keys: "digests" }),
  others: defineGroup({ ...common, keys: "digests" }),
  plain: defineGroup(common),
};
const config = defineConfig({ groups: definitions });
const digests = createSubjectDigests("the key of this test");
const MAIL = "anna.kettlewell@example.org";
const anna = { mail: MAIL, seat: 17 };
const record = { ...anna, at: NOW_MS - 1_000, miles: 5 };
const LANES: readonly Lane[] = ["batch", "stream", "on-demand"];
const STORED = /^travellers#[0-9a-f]{32}$/u;

describe("a group whose keys are stored as digests", () => {
  test.each(LANES)("is written by the %s lane and read by the plain key", async (lane) => {
    const core = new MemoryCore();
    const reader = createFeatureReader(config, core, { digests });
    const writer = createFeatureWriter(config, core, digests);
    expect(await writer.write("travellers", [record], { lane })).toMatchObject([{ status: "applied" }]);
    const [key = ""] = core.records.keys();
    expect(key).toMatch(STORED);
    expect(await reader.get("travellers", anna)).toMatchObject({ key, features: { miles: 5 } });
    expect(await reader.getMany([{ group: "travellers", key: { ...anna, seat: "17" } }])).toMatchObject([
      { kind: "found" },
    ]);
    expect((await reader.explain("travellers", anna)).key).toBe(key);
    await writer.delete("travellers", [{ ...anna, at: NOW_MS }], { lane });
    expect(await reader.get("travellers", anna)).toBeNull();
    expect([...core.records.keys()]).toEqual([key]);
  });

  test("has other digests for another group, another entity, another deployment, and the person alone", () => {
    const { travellers, others } = config.groups;
    const keys = [
      encodeKey(travellers, anna, digests),
      encodeKey(others, anna, digests),
      encodeKey(travellers, { ...anna, seat: 18 }, digests),
      encodeKey(travellers, anna, createSubjectDigests("another key")),
      encodeKey(travellers, anna, createSubjectDigests(null)),
    ].map((key) => key.slice(key.indexOf("#") + 1));
    expect(new Set([...keys, digests.digestOf(MAIL), digests.digestOf(`travellers#${MAIL}#17`)]).size).toBe(7);
  });

  test("does not tell the key in the reasons of its refusals, and other groups do", async () => {
    const writer = createFeatureWriter(config, new MemoryCore(), digests);
    const wrong = [
      { ...record, mail: `${MAIL}\ud800` },
      { ...record, seat: 417 },
      { ...record, seat: 1.5 },
      { ...record, mail: `${MAIL}${"x".repeat(2_000)}` },
    ];
    const receipts = await writer.write("travellers", wrong, { lane: "stream" });
    expect(receipts.map(({ status }) => status)).toEqual(["dead", "dead", "dead", "dead"]);
    expect(JSON.stringify(receipts)).not.toMatch(/anna|417|1\.5/u);
    const shown = await writer.write("plain", [{ ...record, seat: 417 }], { lane: "stream" });
    expect(JSON.stringify(shown)).toContain("417");
  });

  test("is another definition than that of the plain group", () => {
    const { travellers, plain } = config.groups;
    expect(definitionDigest({ ...plain, name: travellers.name })).not.toBe(definitionDigest(travellers));
    expect(definitionDigest({ ...travellers, keys: "plain" })).toBe(
      definitionDigest({ ...plain, name: travellers.name }),
    );
  });

  test("is refused with another form", () => {
    const keys = "hashes" as "digests";
    expect(() => defineConfig({ groups: { travellers: defineGroup({ ...common, keys }) } })).toThrow(
      '`keys` is "hashes"; use "plain", "digests"',
    );
  });
});
