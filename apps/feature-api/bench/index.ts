/** For benchmarks of other servers: the same requests, and the same table. */
export { sendRequests } from "./http-load.ts";
export { type HttpRow, httpTable, medianRow } from "./http-report.ts";
