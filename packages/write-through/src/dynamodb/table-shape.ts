/**
 * Checks whether this program can use a table that exists: its keys, its index
 * and its expiry must be as `table.ts` defines them. A wrong or missing index
 * would otherwise show only when a person is to be erased, and expiry by
 * another attribute would never show.
 */
import type { KeySchemaElement, TableDescription, TimeToLiveDescription } from "@aws-sdk/client-dynamodb";

const KEY_ATTRIBUTE = "pk";
const SUBJECT_ATTRIBUTE = "s";
export const SUBJECT_INDEX = "subject";
export const EXPIRY_ATTRIBUTE = "x";

const TEXT = "S";

/** Null where the table fits. Otherwise a text that says what is wrong, to follow the table's name. */
export function tableMismatch(table: TableDescription, expiry: TimeToLiveDescription | undefined): string | null {
  return keyMismatch(table) ?? indexMismatch(table) ?? expiryMismatch(expiry);
}

function keyMismatch(table: TableDescription): string | null {
  const found = keysText(table.KeySchema, table);
  const wanted = `${KEY_ATTRIBUTE} (${TEXT}, HASH)`;
  return found === wanted ? null : `has the keys ${found} instead of ${wanted}`;
}

function indexMismatch(table: TableDescription): string | null {
  const index = table.GlobalSecondaryIndexes?.find(({ IndexName }) => IndexName === SUBJECT_INDEX);
  const wanted = `${SUBJECT_ATTRIBUTE} (${TEXT}, HASH)`;
  if (index === undefined)
    return `has no index "${SUBJECT_INDEX}" on ${wanted}, by which the records of a person are found`;
  const found = keysText(index.KeySchema, table);
  return found === wanted ? null : `has an index "${SUBJECT_INDEX}" on ${found} instead of ${wanted}`;
}

function expiryMismatch(expiry: TimeToLiveDescription | undefined): string | null {
  const { TimeToLiveStatus: status, AttributeName: attribute } = expiry ?? {};
  if (status === "DISABLING") return "is about to end the expiry of its items; wait for it, an hour at most";
  if (status === undefined || status === "DISABLED" || attribute === EXPIRY_ATTRIBUTE) return null;
  return `lets items expire by the attribute "${attribute ?? "?"}" instead of "${EXPIRY_ATTRIBUTE}"`;
}

function keysText(
  keys: readonly KeySchemaElement[] | undefined,
  { AttributeDefinitions = [] }: TableDescription,
): string {
  const typeOf = (name: string | undefined): string =>
    AttributeDefinitions.find(({ AttributeName }) => AttributeName === name)?.AttributeType ?? "?";
  return (keys ?? []).map(({ AttributeName: name, KeyType: kind }) => `${name} (${typeOf(name)}, ${kind})`).join(", ");
}
