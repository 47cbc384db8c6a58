/**
 * The mark that says how the table's versions are made, under a key that no
 * group can have. A process looks at it once, when it opens the table. Versions
 * of two widths do not compare: a record of another format would win or lose by
 * chance, and nobody would notice.
 *
 * A table without the mark is new, or older than the mark. Some of its records
 * tell which of the two it is; a table without records is marked. Two processes
 * that mark a table at the same time write the same mark.
 */
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
} from "@aws-sdk/client-dynamodb";
import { CoreError } from "../errors.ts";
import { isVersion, VERSION_WIDTH } from "../protocol/version.ts";
import { storeErrorOf } from "./store-errors.ts";
import type { Item } from "./item.ts";

export const FORMAT_KEY = "#format";
/**
 * Format 1 left no mark; its versions have 52 characters. In format 2, versions have a place and a schema version, and
 * payloads have a header. In format 3, the index has the digests of subjects, and no names: a sweep would not find them.
 */
const FORMAT = 3;
const OLD_VERSION_SHAPE = /^[0-9]{35}[1-3][0-9a-f]{16}$/;
/** Scans of a table without a mark. Each reads up to 1 MB, and is charged for it. */
const SCANS_MAX = 10;
const ITEMS_PER_SCAN = 1_000;
/** The keys of marks, cache epoch records and checkpoints begin with this. */
const OWN_KEYS = "#";

/**
 * @throws CoreError STORE_OTHER_FORMAT for a table whose records this program cannot compare; STORE_OTHER_TABLE for a
 *   table without the mark that holds another program's items and none of ours; an error of the store
 */
export async function checkTableFormat(client: DynamoDBClient, table: string): Promise<void> {
  try {
    const mark = await readMark(client, table);
    if (mark !== null) return checkMark(mark, table);
    await checkRecords(client, table);
    if (await putMark(client, table)) return;
    const others = await readMark(client, table);
    if (others !== null) checkMark(others, table);
  } catch (error) {
    throw storeErrorOf(error, "read the table's format");
  }
}

async function readMark(client: DynamoDBClient, table: string): Promise<Item | null> {
  const { Item } = await client.send(
    new GetItemCommand({ TableName: table, Key: { pk: { S: FORMAT_KEY } }, ConsistentRead: true }),
  );
  return Item ?? null;
}

/** False where another process put the mark first. */
async function putMark(client: DynamoDBClient, table: string): Promise<boolean> {
  try {
    await client.send(
      new PutItemCommand({
        TableName: table,
        Item: { pk: { S: FORMAT_KEY }, format: { N: String(FORMAT) } },
        ConditionExpression: "attribute_not_exists(pk)",
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

function checkMark(mark: Item, table: string): void {
  const found = mark["format"]?.N ?? "none";
  if (found !== String(FORMAT)) throw otherFormat(table, `is marked as of format ${found}`);
}

/** The first scan that finds a record decides, because all records of a table have one format. */
async function checkRecords(client: DynamoDBClient, table: string): Promise<void> {
  let from: Item | undefined;
  let foreign: string | undefined;
  for (let scan = 0; scan < SCANS_MAX; scan += 1) {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new ScanCommand({
        TableName: table,
        Limit: ITEMS_PER_SCAN,
        ProjectionExpression: "pk, v",
        ConsistentRead: true,
        ...(from === undefined ? {} : { ExclusiveStartKey: from }),
      }),
    );
    const records = Items.filter(({ pk }) => pk?.S?.startsWith(OWN_KEYS) !== true);
    const versions = records.map(({ v }) => v?.S ?? "");
    const old = versions.find((version) => OLD_VERSION_SHAPE.test(version));
    if (old !== undefined) throw otherFormat(table, `holds records whose versions have ${old.length} characters`);
    // A single foreign item among records affects its own key alone.
    if (versions.some(isVersion)) return;
    foreign ??= records[0]?.["pk"]?.S;
    if (LastEvaluatedKey === undefined) break;
    from = LastEvaluatedKey;
  }
  if (foreign !== undefined) throw otherTable(table, `holds another program's items, such as "${foreign}"`);
}

export function otherTable(table: string, found: string): CoreError {
  return new CoreError(
    "STORE_OTHER_TABLE",
    `the table "${table}" ${found}. Nothing of it was changed; name another in TRILANE_TABLE, and create it with \`trilane apply\``,
    { fields: { table } },
  );
}

function otherFormat(table: string, found: string): CoreError {
  return new CoreError(
    "STORE_OTHER_FORMAT",
    `the table "${table}" ${found}; this program reads and writes format ${FORMAT}, with versions of ${VERSION_WIDTH} ` +
      "characters. Name a new table in TRILANE_TABLE, create it with `trilane apply`, and load the sources into it again",
    { fields: { table } },
  );
}
