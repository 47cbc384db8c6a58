/**
 * The attributes of an item of the table.
 *
 * | attribute | type | holds                                                                  |
 * |-----------|------|------------------------------------------------------------------------|
 * | pk        | S    | partition key: `group#entity`; those of marks and checkpoints begin with `#` |
 * | v         | S    | version                                                                |
 * | d         | B    | encoded features, empty for a tombstone                                |
 * | x         | N    | expiry in seconds since 1970: the table's TTL attribute                |
 * | s         | S    | subject: the key of the KEYS_ONLY index `subject`, where there is one    |
 */
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { CoreError } from "../errors.ts";
import type { StoredCopy, StorePut } from "../ports/store.ts";
import { isVersion, NO_VERSION } from "../protocol/version.ts";

export type Item = Record<string, AttributeValue>;

const MS_PER_SECOND = 1_000;

export function itemOf({ key, version, body, subject }: StorePut): Item {
  return {
    pk: { S: key },
    v: { S: version },
    d: { B: body.payload ?? new Uint8Array() },
    x: { N: String(body.expiresAtMs / MS_PER_SECOND) },
    ...(subject === undefined ? {} : { s: { S: subject } }),
  };
}

/** @throws CoreError STORE_CORRUPT for an item that our writers did not make. */
export function copyOf(item: Item | undefined): StoredCopy {
  if (item === undefined) return { version: NO_VERSION, body: null };
  const version = item["v"]?.S;
  const payload = item["d"]?.B;
  const expirySeconds = Number(item["x"]?.N);
  if (version === undefined || !isVersion(version) || payload === undefined || !Number.isInteger(expirySeconds)) {
    const key = item["pk"]?.S ?? "?";
    throw new CoreError(
      "STORE_CORRUPT",
      `the item "${key}" is not a record: does another program write to this table?`,
    );
  }
  return {
    version,
    body: {
      payload: payload.length === 0 ? null : payload,
      expiresAtMs: expirySeconds * MS_PER_SECOND,
    },
  };
}
