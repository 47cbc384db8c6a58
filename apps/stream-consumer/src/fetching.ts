/** The part of the stream lane that reads fetch responses, for programs that compare it with what is right. */
export { decodeFetch, takeIncidentsOf } from "./kafkajs/fetch-responses.ts";
export type { FetchLimits } from "./kafkajs/fetch-budget.ts";
