/** The feature groups of the corpus. */
import { defineGroup, type GroupDefinition, years } from "@trilane/feature-groups";
import * as z from "zod";
import type { CorpusCase } from "./corpus-case.ts";

const any = { key: ["id"], eventTime: { from: "source" }, schema: z.looseObject({}), ttlMs: years(100) } as const;
/** The definitions that the cases of the corpus name. */
export const corpusGroups: Readonly<Record<CorpusCase["group"], GroupDefinition>> = {
  any: defineGroup(any),
  strict: defineGroup({ ...any, schema: z.object({ name: z.string().min(1) }) }),
  "integer-key": defineGroup({ ...any, keyTypes: { id: "integer" } }),
  "boolean-key": defineGroup({ ...any, keyTypes: { id: "boolean" } }),
  "text-key": defineGroup({ ...any, keyTypes: { id: "text" } }),
};
