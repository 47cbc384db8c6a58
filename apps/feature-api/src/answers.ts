/** What a read found, described for people and programs: for whoever shows it without an HTTP server. */
export { describeExplanation, type DescribedExplanation, type DescribedSide } from "./describe-explanation.ts";
export { describeResult, type FeatureAnswer, type FieldValues } from "./describe-result.ts";
export { jsonSafe } from "./json-safe.ts";
