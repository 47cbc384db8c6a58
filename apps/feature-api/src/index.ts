/** HTTP reads of features. */
export { type ApiLimits, apiLimitsDefaults } from "./api-limits.ts";
export { type AbsentReason, describeResult, type FeatureAnswer, type FieldValues } from "./describe-result.ts";
export { describeExplanation, type DescribedExplanation, type DescribedSide } from "./describe-explanation.ts";
export { type ApiOptions, createApi } from "./create-api.ts";
export { jsonSafe } from "./json-safe.ts";
