import { describe, expect, test } from "vitest";
import * as z from "zod";
import { decimal, defineConfig, defineGroup, definitionDigest, type GroupDefinition, integer } from "../src/index.ts";

function digestOf(more: Partial<GroupDefinition> = {}): string {
  const group = { key: ["id"] as const, eventTime: { from: "source" } as const, schema: z.object({ n: integer() }) };
  return definitionDigest(defineConfig({ groups: { g: defineGroup({ ...group, ttlMs: 1_000, ...more }) } }).groups.g);
}

describe("definitionDigest", () => {
  test("is the same for the same definition written again", () => expect(digestOf()).toBe(digestOf()));

  test("is another for each difference that makes other records", () => {
    const definitions: Partial<GroupDefinition>[] = [
      {},
      { key: ["id", "other"] },
      { keyTypes: { id: "integer" } },
      { keyTypes: { id: "text" } },
      { eventTime: { field: "at", unit: "iso" } },
      { ttlMs: 2_000 },
      { schemaVersion: 2 },
      { subject: "person" },
      { schema: z.object({ n: decimal() }) },
      { schema: z.object({ n: integer().nullable() }) },
      { schema: z.object({ n: integer(), m: integer() }) },
      { schema: z.object({ n: z.number() }) },
      { schema: z.object({ n: z.number().max(5) }) },
      { schema: z.object({ n: z.number().max(6) }) },
      { schema: z.object({ n: z.string().regex(/a/) }) },
      { schema: z.object({ n: z.string().regex(/b/) }) },
      { schema: z.object({ n: z.string().refine((text) => text.length > 3) }) },
      { schema: z.object({ n: z.string().refine((text) => text.length > 4) }) },
      { schema: z.strictObject({ n: integer() }) },
    ];
    expect(new Set(definitions.map(digestOf)).size).toBe(definitions.length);
  });

  test("does not change as the schema is used", () => {
    const schema = z.object({
      n: z.number().int().min(3),
      at: z.iso.datetime().default(() => String(Math.random())),
      list: z.array(z.union([z.string().email(), z.literal("x")])).optional(),
    });
    const before = digestOf({ schema });
    expect(schema.safeParse({ n: 4, list: ["x", "a@b.cd"] }).success).toBe(true);
    expect(schema.safeParse({ n: "4" }).success).toBe(false);
    expect(digestOf({ schema })).toBe(before);
  });

  test("ends for a schema that contains itself", () => {
    const tree: z.ZodType = z.object({
      get children() {
        return z.array(tree);
      },
    });
    expect(digestOf({ schema: tree as never })).toHaveLength(24);
  });

  test("is of what a plain schema of another library holds", () => {
    const other = (limit: number) => {
      const validate = (value: unknown) => ({ value: value as object });
      return { "~standard": { version: 1, vendor: "other", validate }, limit } as never;
    };
    expect(digestOf({ schema: other(1) })).toBe(digestOf({ schema: other(1) }));
    expect(digestOf({ schema: other(1) })).not.toBe(digestOf({ schema: other(2) }));
  });
});
