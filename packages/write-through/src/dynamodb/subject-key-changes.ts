/**
 * The changes of the cache epoch record that concern the key of digests. The
 * former key is stated with the number of the last erasure, in one change, so
 * every erasure is either before the change or knows both keys.
 */
import type { UpdateItemCommandInput } from "@aws-sdk/client-dynamodb";
import type { ErasureStore } from "../ports/erasures.ts";
import { CACHE_EPOCH_KEY } from "./dynamo-cache-epoch.ts";

type Change = Omit<UpdateItemCommandInput, "TableName">;

const Key = { pk: { S: CACHE_EPOCH_KEY } };
const FORMER = "subjectbefore = :former, subjectupto = if_not_exists(erased, :none), subjectat = :at";

export const subjectKeyChanges = {
  claim(fingerprint: string, former: string | null, atMs: number): Change {
    const both = former === null ? {} : formerValues(former, atMs);
    return {
      Key,
      UpdateExpression: `SET subjectkey = :key${former === null ? "" : `, ${FORMER}`}`,
      ConditionExpression: "attribute_exists(epoch) AND attribute_not_exists(subjectkey)",
      ExpressionAttributeValues: { ":key": { S: fingerprint }, ...both },
    };
  },

  change({ from, to, atMs }: Parameters<ErasureStore["changeSubjectKey"]>[0]): Change {
    return {
      Key,
      UpdateExpression: `SET subjectkey = :key, ${FORMER}`,
      ConditionExpression: "subjectkey = :former AND attribute_not_exists(subjectbefore)",
      ExpressionAttributeValues: { ":key": { S: to }, ...formerValues(from, atMs) },
    };
  },

  forget(fingerprint: string): Change {
    return {
      Key,
      UpdateExpression: "REMOVE subjectbefore, subjectupto, subjectat",
      ConditionExpression: "subjectbefore = :former",
      ExpressionAttributeValues: { ":former": { S: fingerprint } },
    };
  },
} as const;

function formerValues(former: string, atMs: number): NonNullable<Change["ExpressionAttributeValues"]> {
  return { ":former": { S: former }, ":none": { N: "0" }, ":at": { N: String(atMs) } };
}
