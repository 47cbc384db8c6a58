/** HTTP reads of features. */
export * from "./answers.ts";
export { type ApiLimits, apiLimitsDefaults } from "./limits.ts";
export { type ApiOptions, createApi } from "./create-api.ts";
