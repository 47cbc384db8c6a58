/**
 * How the keys of each group are stored, under a key that no group can have: as
 * they are, or as digests. The first process that opens the table with a group
 * states it. A process whose configuration says otherwise is refused, because it
 * would find none of the group's records, and write each of them once more.
 */
import { type AttributeValue, type DynamoDBClient, GetItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { CoreError } from "../errors.ts";
import type { Item } from "./item.ts";
import { storeErrorOf } from "./store-errors.ts";

export interface GroupKeys {
  readonly name: string;
  readonly keys: "plain" | "digests";
}

const GROUPS_KEY = { pk: { S: "#groups" } } as const;
/** Before a group's name, so that no group has the name of another attribute. */
const PREFIX = "keys:";

/** @throws CoreError GROUP_KEYS_OTHER, naming the group and the remedy; an error of the store */
export async function claimGroupKeys(
  client: DynamoDBClient,
  { table, groups }: { readonly table: string; readonly groups: readonly GroupKeys[] },
): Promise<void> {
  try {
    const stated = (await readStated(client, table)) ?? {};
    const isWhole = groups.every(({ name }) => stated[PREFIX + name] !== undefined);
    const agreed = isWhole ? stated : await state(client, table, groups);
    for (const group of groups) checkAgreed(group, agreed[PREFIX + group.name], table);
  } catch (error) {
    throw storeErrorOf(error, "read how the keys of groups are stored");
  }
}

async function readStated(client: DynamoDBClient, table: string): Promise<Item | undefined> {
  const { Item } = await client.send(new GetItemCommand({ TableName: table, Key: GROUPS_KEY, ConsistentRead: true }));
  return Item;
}

/** A group that is stated already keeps what is stated. */
async function state(client: DynamoDBClient, table: string, groups: readonly GroupKeys[]): Promise<Item> {
  const names: Record<string, string> = {};
  const values: Record<string, AttributeValue> = {};
  const settings = groups.map(({ name, keys }, index) => {
    names[`#g${index}`] = PREFIX + name;
    values[`:k${index}`] = { S: keys };
    return `#g${index} = if_not_exists(#g${index}, :k${index})`;
  });
  const { Attributes = {} } = await client.send(
    new UpdateItemCommand({
      TableName: table,
      Key: GROUPS_KEY,
      UpdateExpression: `SET ${settings.join(", ")}`,
      ExpressionAttributeNames: names,
      ExpressionAttributeValues: values,
      ReturnValues: "ALL_NEW",
    }),
  );
  return Attributes;
}

function checkAgreed({ name, keys }: GroupKeys, stated: AttributeValue | undefined, table: string): void {
  if (stated?.S === keys) return;
  throw new CoreError(
    "GROUP_KEYS_OTHER",
    `the table "${table}" has the keys of the group "${name}" stored as "${stated?.S ?? "?"}", and the configuration ` +
      `says \`keys: "${keys}"\`: give the group another name and load its sources again, or undo the change`,
    { fields: { table, group: name } },
  );
}
