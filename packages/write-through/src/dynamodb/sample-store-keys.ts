/**
 * Samples keys of records in the table, for audits. It reads randomly chosen
 * segments of a parallel scan.
 */
import { DescribeTableCommand, type DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import { itemAt } from "../by-position.ts";
import type { Random } from "../ports/clock.ts";
import { storeErrorOf } from "./store-errors.ts";

export interface StoreSample {
  readonly table: string;
  readonly keysMax: number;
  /** Only keys that begin with this text. */
  readonly start: string;
  readonly random: Random;
}

/** About how many items are in one segment. */
const ITEMS_PER_SEGMENT = 500;
const SEGMENTS_MAX = 10_000;
/** Scans of one sample; each reads up to 1 MB, and is charged for it. */
const SCANS_MAX = 1_000;
/** The keys of the cache epoch record and of checkpoints begin with this. */
const OWN_KEYS = "#";

/** Up to `keysMax` keys. @throws CoreError of the store */
export async function sampleStoreKeys(client: DynamoDBClient, sample: StoreSample): Promise<readonly string[]> {
  const found: string[] = [];
  try {
    const segments = await segmentsOf(client, sample);
    let scans = 0;
    for (const Segment of shuffled(segments, sample.random)) {
      let from: Record<string, { S: string }> | undefined;
      do {
        const page = await scan(client, sample, { Segment, TotalSegments: segments, from });
        found.push(...page.keys);
        from = page.next;
        scans += 1;
      } while (from !== undefined && found.length < sample.keysMax && scans < SCANS_MAX);
      if (found.length >= sample.keysMax || scans >= SCANS_MAX) break;
    }
  } catch (error) {
    throw storeErrorOf(error, "sample keys");
  }
  return found.slice(0, sample.keysMax);
}

/** Uses a count that AWS updates every six hours, which is exact enough here. */
async function segmentsOf(client: DynamoDBClient, { table }: StoreSample): Promise<number> {
  const { Table } = await client.send(new DescribeTableCommand({ TableName: table }));
  const wanted = Math.ceil((Table?.ItemCount ?? 0) / ITEMS_PER_SEGMENT);
  return Math.min(SEGMENTS_MAX, Math.max(1, wanted));
}

interface Page {
  readonly keys: readonly string[];
  readonly next: Record<string, { S: string }> | undefined;
}

async function scan(
  client: DynamoDBClient,
  { table, start }: StoreSample,
  {
    Segment,
    TotalSegments,
    from,
  }: { readonly Segment: number; readonly TotalSegments: number; readonly from: Page["next"] },
): Promise<Page> {
  const { Items = [], LastEvaluatedKey } = await client.send(
    new ScanCommand({
      TableName: table,
      Segment,
      TotalSegments,
      ProjectionExpression: "pk",
      ...(from === undefined ? {} : { ExclusiveStartKey: from }),
    }),
  );
  const keys = Items.flatMap(({ pk }) => pk?.S ?? []);
  const last = LastEvaluatedKey?.["pk"]?.S;
  return {
    keys: keys.filter((key) => !key.startsWith(OWN_KEYS) && key.startsWith(start)),
    next: last === undefined ? undefined : { pk: { S: last } },
  };
}

function shuffled(count: number, random: Random): readonly number[] {
  const numbers = Array.from({ length: count }, (_, index) => index);
  for (let index = count - 1; index > 0; index -= 1) {
    const other = Math.floor(random() * (index + 1));
    [numbers[index], numbers[other]] = [itemAt(numbers, other), itemAt(numbers, index)];
  }
  return numbers;
}
