/** Many reads in one call of the reader; one answer per key, in order. */
import type { FeatureGroup, FeatureReader, FeatureRequest } from "@trilane/feature-groups";
import type { Clock } from "@trilane/write-through";
import { describeResult, type FeatureAnswer, type FieldValues } from "./describe-result.ts";
import { isFieldValues, keyProblem } from "./key-fields.ts";

export interface ReadParts {
  readonly reader: FeatureReader;
  readonly clock: Pick<Clock, "nowMs">;
}

export interface Wanted {
  readonly group: FeatureGroup;
  readonly key: unknown;
}

const NO_FIELDS: FieldValues = {};

export async function readFeatures(
  { reader, clock }: ReadParts,
  wanted: readonly Wanted[],
): Promise<readonly FeatureAnswer[]> {
  const answers = wanted.map(refusalOf);
  const open = [...answers.keys()].filter((index) => answers[index] === null);
  const requests = open.flatMap((index) => requestOf(wanted[index]));
  const results = requests.length === 0 ? [] : await reader.getMany(requests);
  const nowMs = clock.nowMs();
  requests.forEach((request, position) => {
    const result = results[position];
    const index = open[position];
    if (result === undefined || index === undefined) throw new TypeError("the reader gave fewer results than requests");
    answers[index] = describeResult({ group: request.group, key: request.key }, result, nowMs);
  });
  return answers.filter((answer) => answer !== null);
}

function requestOf(wanted: Wanted | undefined): readonly FeatureRequest[] {
  if (wanted === undefined) return [];
  // The reader checks the values and says what is wrong with them.
  return [{ group: wanted.group.name, key: wanted.key as FeatureRequest["key"] }];
}

function refusalOf({ group, key }: Wanted): FeatureAnswer | null {
  const message = keyProblem(group, key);
  if (message === null) return null;
  const shown = isFieldValues(key) ? key : NO_FIELDS;
  return { group: group.name, key: shown, status: "refused", code: "INVALID_KEY", message };
}
