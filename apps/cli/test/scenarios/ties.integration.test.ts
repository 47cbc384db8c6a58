/**
 * Shows which of several records of one event time stays: the one that stands
 * later in its source, whatever the order in which the lanes take them. Every
 * row of the table is printed with its result.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { textTable } from "../../src/text-table.ts";
import {
  csv,
  deletion,
  GROUP,
  type Held,
  message,
  ndjson,
  openTieSources,
  recordOf,
  type Row,
  type TieSources,
  type TieTable,
} from "./ties-fixture.ts";

const COMMON_KEYS = 300;
const SENT_MS = 1_700_000_000_000;

/**
 * Every row has a value of its own, whose last digit names its file, so no rule about values could give the same
 * result.
 */
const rowsOf = (start: string, file: number): readonly Row[] =>
  Array.from({ length: COMMON_KEYS }, (_, index) => ({ id: `${start}-${index}`, value: 10 * index + file }));
const fileOf = (value: Held["value"]): Held["value"] => (typeof value === "number" ? value % 10 : value);
const put = (id: string, value: number) => message({ id, value }, SENT_MS);

/** A delivery that a lane takes, any number of times and in any order. */
type Delivery = (table: TieTable) => Promise<void>;

/** The records that are sent, and the one of them that must stay; `stays` is a value, or the one value of many keys. */
interface Tie {
  readonly what: string;
  readonly ids: readonly string[];
  readonly stays: number | "deleted" | "one as a whole";
  readonly because: string;
}

const TIES: readonly Tie[] = [
  { what: "a CSV with a key twice: 1, then 2", ids: ["csv-up"], stays: 2, because: "the later row" },
  { what: "a CSV with a key twice: 2, then 1", ids: ["csv-down"], stays: 1, because: "the later row" },
  {
    what: `a file with ${COMMON_KEYS} keys (1), then a corrected one (2)`,
    ids: rowsOf("day", 0).map(({ id }) => id),
    stays: 2,
    because: "the later object",
  },
  {
    what: `two objects of one second with ${COMMON_KEYS} common keys`,
    ids: rowsOf("twin", 0).map(({ id }) => id),
    stays: "one as a whole",
    because: "the object's digest",
  },
  { what: "two messages of one millisecond: 1, then 2", ids: ["ms-up"], stays: 2, because: "the later offset" },
  { what: "two messages of one millisecond: 2, then 1", ids: ["ms-down"], stays: 1, because: "the later offset" },
  {
    what: "a put, then a delete, of one millisecond",
    ids: ["put-delete"],
    stays: "deleted",
    because: "the later offset",
  },
  { what: "a delete, then a put (1), of one millisecond", ids: ["delete-put"], stays: 1, because: "the later offset" },
  {
    what: "offset 3 of a topic (2), offset 0 of it made again (1)",
    ids: ["again"],
    stays: 1,
    because: "the later message",
  },
  { what: "a job with a list: 1, 2, 3", ids: ["list-up"], stays: 3, because: "the later in the list" },
  { what: "a job with a list: 3, 2, 1", ids: ["list-down"], stays: 1, because: "the later in the list" },
  { what: "a job (2), then another (1)", ids: ["jobs"], stays: 1, because: "the later job" },
  {
    what: "one file by schema 1 (7), then by schema 2 (700)",
    ids: ["mended"],
    stays: 700,
    because: "the later schema",
  },
  { what: "one record by a file (1), a message (2), a job (3)", ids: ["lanes"], stays: 3, because: "the lane's rank" },
];

let sources: TieSources;
let ordered: TieTable;
let shuffled: TieTable;
const found = new Map<Tie, string>();

beforeAll(async () => {
  sources = await openTieSources();
  ordered = await sources.openTable();
  shuffled = await sources.openTable();
  await makeObjects();
});

afterAll(async () => {
  const rows = TIES.map((tie) => [tie.what, found.get(tie) ?? "-", tie.because]);
  process.stdout.write(`\n${textTable([["what comes, all of one event time", "stays", "by"], ...rows])}\n\n`);
  await sources.close();
});

async function makeObjects(): Promise<void> {
  const twice = (id: string, ...values: readonly number[]): readonly Row[] => values.map((value) => ({ id, value }));
  await sources.upload(
    "twice.csv",
    csv([...twice("csv-up", 1, 2), ...rowsOf("filler", 0), ...twice("csv-down", 2, 1)]),
  );
  const second = await sources.upload("day.csv", csv(rowsOf("day", 1)));
  await sources.uploadLaterThan(second, "day-corrected.csv", csv(rowsOf("day", 2)));
  await sources.uploadWithinASecond({
    "twin-a.ndjson": ndjson(rowsOf("twin", 1)),
    "twin-b.ndjson": ndjson([...rowsOf("twin", 2)].reverse()),
  });
  await sources.upload("mended.csv", csv([{ id: "mended", value: 7 }]));
  await sources.upload("lanes.csv", csv([{ id: "lanes", value: 1 }]));
}

function deliveries(): readonly Delivery[] {
  const loaded =
    (key: string): Delivery =>
    ({ platform }) =>
      sources.load(platform, key);
  const messages = [
    put("ms-up", 1),
    put("ms-up", 2),
    put("ms-down", 2),
    put("ms-down", 1),
    put("put-delete", 1),
    deletion("put-delete", SENT_MS),
    deletion("delete-put", SENT_MS),
    put("delete-put", 1),
    put("lanes", 2),
  ];
  const firstLife = [put("x", 0), put("x", 0), put("x", 0), put("again", 2)];
  const secondLife = [message({ id: "again", value: 1 }, SENT_MS + 1)];
  return [
    loaded("twice.csv"),
    loaded("day.csv"),
    loaded("day-corrected.csv"),
    loaded("twin-a.ndjson"),
    loaded("twin-b.ndjson"),
    loaded("mended.csv"),
    ({ mended }) => sources.load(mended, "mended.csv"),
    loaded("lanes.csv"),
    ({ platform }) => sources.consume(platform, "messages", messages),
    ({ platform }) => sources.consume(platform, "made-again", firstLife),
    ({ platform }) => sources.consume(platform, "made-again", secondLife),
    sendJobs,
  ];
}

/** The jobs are always sent in this order, because sending them again gives them another time. */
const sendJobs: Delivery = ({ platform }) =>
  sources.whileWorking(platform, async () => {
    const list = (id: string, ...values: readonly number[]) => values.map((value) => recordOf({ id, value }));
    for (const records of [
      list("list-up", 1, 2, 3),
      list("list-down", 3, 2, 1),
      list("jobs", 2),
      list("jobs", 1),
      list("lanes", 3),
    ]) {
      await sources.jobs.enqueue({ name: "put", data: { group: GROUP, records }, wait: true });
    }
  });

async function deliver(table: TieTable, all: readonly Delivery[]): Promise<void> {
  for (const one of all) await one(table);
}

async function held(table: TieTable, ids: readonly string[]): Promise<readonly Held[]> {
  return Promise.all(ids.map((id) => table.heldBy(id)));
}

const valuesOf = (all: readonly Held[]): readonly Held["value"][] => all.map(({ value }) => value);

describe("records of one event time", () => {
  beforeAll(() => deliver(ordered, deliveries()));

  it.each(TIES)("$what: $stays stays, by $because", async (tie) => {
    const values = valuesOf(await held(ordered, tie.ids)).map(tie.ids.length > 1 ? fileOf : (value) => value);
    const distinct = [...new Set(values)];
    found.set(tie, `${distinct.join(" and ")}${tie.ids.length > 1 ? `, of ${tie.ids.length} keys` : ""}`);
    if (tie.stays === "one as a whole") expect([[1], [2]]).toContainEqual(distinct);
    else expect(distinct).toEqual([tie.stays]);
  });
});

describe("the same in another order", () => {
  it("ends in the same state, in another table", async () => {
    const jobs = new Set(["list-up", "list-down", "jobs", "lanes"]);
    const all = deliveries();
    // The jobs first, everything else backwards, and some of it twice.
    await deliver(shuffled, [sendJobs, ...all.slice(0, -1).reverse(), ...all.slice(3, 7)]);
    for (const { ids } of TIES) {
      const [here, there] = [await held(ordered, ids), await held(shuffled, ids)];
      expect(there.map(({ value, lane }) => [value, lane])).toEqual(here.map(({ value, lane }) => [value, lane]));
      // A job that is sent again is another job.
      if (!ids.some((id) => jobs.has(id))) expect(there).toEqual(here);
    }
  });

  it("changes nothing when it comes again", async () => {
    const before = await Promise.all(TIES.map(({ ids }) => held(ordered, ids)));
    await deliver(ordered, deliveries().slice(0, -1).reverse());
    expect(await Promise.all(TIES.map(({ ids }) => held(ordered, ids)))).toEqual(before);
  });
});
