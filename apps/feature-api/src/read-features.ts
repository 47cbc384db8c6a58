/** Many reads in one call of the reader; one answer per key, in order. */
import type { FeatureGroup, FeatureReader, FeatureRequest } from "@trilane/feature-groups";
import { type Clock, decided, fillGaps, open, paired } from "@trilane/write-through";
import { describeResult, type FeatureAnswer, type FieldValues } from "./describe-result.ts";
import { isFieldValues, keyProblem } from "./key-fields.ts";

export interface ReadPorts {
  readonly reader: FeatureReader;
  readonly clock: Pick<Clock, "nowMs">;
}

export interface Wanted {
  readonly group: FeatureGroup;
  readonly key: unknown;
}

const NO_FIELDS: FieldValues = {};

export async function readFeatures(
  { reader, clock }: ReadPorts,
  wanted: readonly Wanted[],
): Promise<readonly FeatureAnswer[]> {
  const slots = wanted.map((one) => {
    const refusal = refusalOf(one);
    return refusal === null ? open(requestOf(one)) : decided(refusal);
  });
  return fillGaps<FeatureAnswer, FeatureRequest>(slots, async (requests) => {
    const results = await reader.getMany(requests);
    const nowMs = clock.nowMs();
    return paired(requests, results).map(([{ group, key }, result]) => describeResult({ group, key }, result, nowMs));
  });
}

/** The reader checks the values of the key and reports their faults. */
function requestOf({ group, key }: Wanted): FeatureRequest {
  return { group: group.name, key: key as FeatureRequest["key"] };
}

function refusalOf({ group, key }: Wanted): FeatureAnswer | null {
  const message = keyProblem(group, key);
  if (message === null) return null;
  const shown = isFieldValues(key) ? key : NO_FIELDS;
  return { group: group.name, key: shown, status: "refused", code: "INVALID_KEY", message };
}
