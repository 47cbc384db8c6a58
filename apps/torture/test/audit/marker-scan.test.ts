import { describe, expect, it } from "vitest";
import { type ScanPlace, scanMarkers } from "../../src/audit/marker-scan.ts";
import { Persons } from "../../src/workload/persons.ts";

const [erased, other] = new Persons(3).all;
if (erased === undefined || other === undefined) throw new TypeError("there are no persons");
const WORDS = new Set([erased.name, erased.marker]);

interface Held {
  readonly name: string;
  readonly texts: string[];
  readonly mayHold?: ScanPlace["mayHold"];
  /** Whether the place shows what is in it. */
  readonly isSeen?: boolean;
}

function placeOf({ name, texts, mayHold = "payloads", isSeen = true }: Held): ScanPlace {
  return {
    name,
    mayHold,
    async *read() {
      for (const text of isSeen ? texts : []) yield await Promise.resolve({ name: "item", text });
    },
    plant(text) {
      texts.push(text);
      return Promise.resolve(() => {
        texts.pop();
        return Promise.resolve();
      });
    },
  };
}

const table: Held = { name: "table", texts: [`a record of ${other.marker}`, "a tombstone"] };

describe("the scan of markers", () => {
  it("finds nothing where only persons are left who were not erased, and takes away what it planted", async () => {
    const texts = ["a line"];
    const scan = await scanMarkers([placeOf(table), placeOf({ name: "logs", texts, mayHold: "nothing" })], WORDS);
    expect(scan).toEqual({
      places: [
        { place: "table", looked: 2, bytes: 54, finds: 0, others: 1 },
        { place: "logs", looked: 1, bytes: 6, finds: 0, others: 0 },
      ],
      planted: 2,
      problems: [],
    });
    expect(texts).toEqual(["a line"]);
  });

  it.each([erased.name, erased.marker])("finds %s where the person is erased, and does not show it", async (word) => {
    const { problems } = await scanMarkers(
      [placeOf(table), placeOf({ name: "cache", texts: [`\u0001${word}\u0000`] })],
      WORDS,
    );
    expect(problems).toEqual([`cache: item holds the ${word === erased.name ? "name" : "marker"} of an erased person`]);
  });

  it("finds anybody in a log", async () => {
    const logs = placeOf({ name: "logs", texts: [other.name], mayHold: "nothing" });
    const { problems } = await scanMarkers([placeOf(table), logs], WORDS);
    expect(problems).toEqual(["logs: item holds the name of a person"]);
  });

  it("does not trust itself where it sees nobody in the table, or not what it planted", async () => {
    const blind = placeOf({ name: "objects", texts: [], isSeen: false });
    const { planted, problems } = await scanMarkers([placeOf({ name: "table", texts: [] }), blind], WORDS);
    expect(planted).toBe(1);
    expect(problems).toEqual([
      "the scan of the table finds nobody, not even those who are not erased",
      "the scan does not see a marker that is planted in the objects",
    ]);
  });
});
