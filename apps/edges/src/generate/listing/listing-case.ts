/** Listings of object stores: names by the tools that write them, pages, and what happens to objects meanwhile. */
import fc from "fast-check";

/** The treatment that the product owes an object, known from how its name was made. */
export type ObjectLabel =
  | "data"
  | "hidden"
  | "marker"
  | "folder"
  | "empty"
  /** It is neither data nor known: the load is refused. */
  | "stranger";

/** The change of an object between its listing and its reading. */
export type Fate = "stays" | "is replaced" | "grows" | "goes" | "answers late" | "is cut once";

export interface ListedCaseObject {
  /** Below the prefix. */
  readonly path: string;
  readonly label: ObjectLabel;
  readonly text: string;
  readonly fate: Fate;
}

export interface ListingCase {
  readonly prefix: string;
  readonly objects: readonly ListedCaseObject[];
  readonly pageKeys: number;
}

const OBJECTS_MAX = 12;
const PAGE_KEYS_MAX = 1_000;
const NAME_CHARACTERS_MAX = 8;
const FATES: readonly Fate[] = [
  "stays",
  "stays",
  "stays",
  "is replaced",
  "grows",
  "goes",
  "answers late",
  "is cut once",
];

/** Names of any characters, except "/", "=" and a mark at the beginning. */
const plainNames = fc
  .string({ unit: "binary", minLength: 1, maxLength: NAME_CHARACTERS_MAX })
  .map((name) => name.toWellFormed().replaceAll(/[/=~]/gu, "x"))
  .map((name) => (/^[_.+]/u.test(name) ? `x${name}` : name));
const partitions = fc
  .tuple(fc.constantFrom("", "_", "."), fc.constantFrom("day", "région", "a b"), plainNames)
  .map(([mark, name, value]) => `${mark}${name}=${value}`);
const hiddenNames = fc.oneof(
  fc.tuple(fc.constantFrom("_", "."), plainNames).map(([mark, name]) => mark + name),
  fc.constantFrom(
    "_temporary",
    ".spark-staging-1",
    "_delta_log",
    ".hoodie",
    "__MACOSX",
    "_SUCCESS",
    ".Trash",
    "_=",
    ".",
  ),
);
const hiddenFolders = fc.oneof(
  hiddenNames.filter((name) => !name.includes("=")),
  fc.constant("+tmp"),
);
const dataFolders = fc.array(fc.oneof(plainNames, partitions), { maxLength: 3 });
const dataNames = fc
  .tuple(plainNames, fc.constantFrom(".ndjson", ".jsonl", ".csv", ".parquet", ".csv.gz", ".NDJSON.GZ"))
  .map((parts) => parts.join(""));
const MARKER_NAMES = [
  ["x_$folder$", "a.ndjson._COPYING_", "part-0.inprogress", "part-0.inprogress.1f", "part-0.pending"],
  ["q.csv.metadata", "manifest", "a.manifest", "a.manifest.json", "version-hint.text", "v1.metadata.json"],
  ["a.csv.crc", "a.csv.md5", "a.sha256", "a.csv.asc", "a.csv.tmp", "a.csv.temp", "a.filepart", "a.csv~"],
  ["Thumbs.db", "desktop.ini"],
].flat();
const markerNames = fc.constantFrom(...MARKER_NAMES);
const strangerNames = fc.constantFrom("notes.docx", "README", "a.csv.bz2", "a.parquet.gz", "data", "a.json", "x.avro");

function objectsOf(
  label: ObjectLabel,
  folders: fc.Arbitrary<readonly string[]>,
  name: fc.Arbitrary<string>,
  text: string,
) {
  return fc
    .tuple(folders, name, fc.constantFrom(...FATES))
    .map(([path, last, fate]): ListedCaseObject => ({ path: [...path, last].join("/"), label, text, fate }));
}

const TEXT = '{"id":1}\n';
const underHidden = fc
  .tuple(dataFolders, hiddenFolders, dataFolders)
  .map(([before, hidden, after]) => [...before, hidden, ...after]);
const objects = fc.oneof(
  { weight: 5, arbitrary: objectsOf("data", dataFolders, dataNames, TEXT) },
  { weight: 2, arbitrary: objectsOf("hidden", underHidden, fc.oneof(dataNames, markerNames, strangerNames), TEXT) },
  { weight: 2, arbitrary: objectsOf("hidden", dataFolders, hiddenNames, TEXT) },
  { weight: 2, arbitrary: objectsOf("marker", dataFolders, markerNames, TEXT) },
  {
    weight: 1,
    arbitrary: objectsOf(
      "folder",
      dataFolders.filter((folders) => folders.length > 0),
      fc.constant(""),
      "",
    ),
  },
  { weight: 1, arbitrary: objectsOf("empty", dataFolders, dataNames, "") },
);
const strangers = objectsOf("stranger", dataFolders, strangerNames, TEXT);

export const listingCases: fc.Arbitrary<ListingCase> = fc.record({
  prefix: fc.oneof(
    fc.constantFrom("p/", "_hidden/p/", "day=1/", "é 🙂/"),
    plainNames.map((name) => `${name}/`),
  ),
  objects: fc
    .tuple(
      fc.array(objects, { maxLength: OBJECTS_MAX }),
      fc.array(strangers, { minLength: 0, maxLength: 1 }),
      fc.nat(9),
    )
    .map(([known, unknown, dice]) => distinctPaths(dice === 0 ? [...known, ...unknown] : known)),
  pageKeys: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.constant(PAGE_KEYS_MAX)),
});

function distinctPaths(found: readonly ListedCaseObject[]): readonly ListedCaseObject[] {
  return [...new Map(found.map((one) => [one.path, one])).values()];
}
