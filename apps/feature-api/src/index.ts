/** HTTP reads of features. */
export * from "./answers.ts";
export { type ApiOptions, createApi } from "./create-api.ts";
