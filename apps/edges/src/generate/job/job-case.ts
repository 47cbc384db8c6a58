/** Jobs as clients of other languages send them: sound ones, and everything else that is JSON, or almost. */
import fc from "fast-check";
import { type JsonMember, type JsonNode, jsonNodes, writtenJson } from "../json/json-node.ts";

/** The right receipt of a record: written, refused, or either. */
export type RecordLabel = "good" | "dead" | "any";

export interface JobRecord {
  readonly node: JsonNode;
  readonly label: RecordLabel;
  /** The entity that it names, where it can be written; records of one entity have the same text here. */
  readonly entity: string | null;
}

export interface JobCase {
  readonly name: string;
  /** The payload as it stands in the queue. */
  readonly text: string;
  /** Null where the whole job has to be refused; undefined where either may be. */
  readonly records: readonly JobRecord[] | null | undefined;
  readonly jobId: string;
  readonly createdMs: number | null;
}

export const GROUP = "things";
const RECORDS_MAX = 5;
const CREATED_MS_MAX = 4_000_000_000_000;
const FIELD_OF: Readonly<Record<string, string>> = { put: "records", delete: "keys" };

function text(meant: string): JsonNode {
  return { kind: "text", units: [{ written: meant, meant }] };
}

function objectOf(fields: Readonly<Record<string, JsonNode>>): JsonNode {
  const members = Object.entries(fields).map(([name, value]): JsonMember => ({
    name: [{ written: name, meant: name }],
    value,
  }));
  return { kind: "object", members, blank: "" };
}

const number = (source: string): JsonNode => ({ kind: "number", source });
const list = (items: readonly JsonNode[]): JsonNode => ({ kind: "list", items, blank: " " });
const nothing: JsonNode = { kind: "word", word: "null" };

const ids = fc.constantFrom(number("1"), number("9007199254740993"), text("a"), text("日 {#}"), number("-0"));
const badIds = fc.constantFrom(number("1.5"), number("1e20"), text(""), nothing, list([]), objectOf({}));
const records: fc.Arbitrary<JobRecord> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.tuple(ids, fc.constantFrom(number("1"), text("x"), nothing)).map(([id, value]): JobRecord => ({
      node: objectOf({ id, value }),
      label: "good",
      entity: writtenJson(id),
    })),
  },
  { weight: 2, arbitrary: badIds.map((id): JobRecord => ({ node: objectOf({ id }), label: "dead", entity: null })) },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom(nothing, number("7"), text("SEA"), list([objectOf({ id: number("1") })]), objectOf({}))
      .map((node): JobRecord => ({ node, label: "dead", entity: null })),
  },
  {
    weight: 2,
    arbitrary: jsonNodes.map((value): JobRecord => {
      return { node: objectOf({ id: number("2"), value }), label: "any", entity: "2" };
    }),
  },
);

const soundJobs = fc
  .tuple(fc.constantFrom("put", "delete"), fc.array(records, { minLength: 1, maxLength: RECORDS_MAX }))
  .map(([name, found]) => ({
    name,
    text: writtenJson(objectOf({ group: text(GROUP), [FIELD_OF[name] ?? ""]: list(found.map(({ node }) => node)) })),
    // A delete needs no features, and of its input only the key counts.
    records:
      name === "put"
        ? found
        : found.map((one) => ({ ...one, label: one.label === "any" ? ("any" as const) : one.label })),
  }));

const wrongPayloads = fc.constantFrom(
  objectOf({ group: text(GROUP) }),
  objectOf({ group: text(GROUP), records: list([]) }),
  objectOf({ group: text(GROUP), records: objectOf({}) }),
  objectOf({ group: text("nobody"), records: list([objectOf({ id: number("1") })]) }),
  objectOf({ group: number("1"), records: list([nothing]) }),
  objectOf({ group: nothing, records: list([nothing]) }),
  objectOf({ group: text(GROUP), records: list([nothing]), more: nothing }),
  objectOf({ records: list([nothing]) }),
  list([]),
  nothing,
  number("1"),
  text(GROUP),
);
const wrongJobs = fc.oneof(
  wrongPayloads.map((node) => ({ name: "put", text: writtenJson(node), records: null })),
  fc
    .constantFrom("", "PUT", "puts", "constructor", "__proto__", "toString", "a\nb", "x".repeat(2_000))
    .map((name) => ({ name, text: writtenJson(objectOf({ group: text(GROUP) })), records: null })),
  fc
    .constantFrom("", "{", '{"group":"things","records":[1]', "undefined", "[".repeat(20_000), '"\ud800"', "NaN")
    .map((broken) => ({ name: "put", text: broken, records: null })),
);
const anyJobs = fc
  .tuple(fc.constantFrom("put", "delete", "refresh", "load"), jsonNodes)
  .map(([name, node]) => ({ name, text: writtenJson(node), records: undefined }));

export const jobCases: fc.Arbitrary<JobCase> = fc
  .tuple(
    fc.oneof(
      { weight: 5, arbitrary: soundJobs },
      { weight: 2, arbitrary: wrongJobs },
      { weight: 2, arbitrary: anyJobs },
    ),
    fc.constantFrom("1", "", "custom:id", "日", "x".repeat(500)),
    fc.option(fc.integer({ min: 0, max: CREATED_MS_MAX }), { nil: null }),
  )
  .map(([job, jobId, createdMs]) => ({ ...job, jobId, createdMs }));
