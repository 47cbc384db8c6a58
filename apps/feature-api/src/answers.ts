/** Descriptions of read results, for programs that show them without an HTTP server. */
export { describeExplanation, type DescribedExplanation, type DescribedSide } from "./describe-explanation.ts";
export { describeResult, type FeatureAnswer, type FieldValues } from "./describe-result.ts";
