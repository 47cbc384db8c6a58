/**
 * Counts what this process sent to the store a second time: only such a record
 * may be a duplicate where all records differ. The store's client repeats a
 * request that had no answer in time, and says so in a header; the lane sends a
 * record again whose receipt was `failed`.
 */
import { subscribe } from "node:diagnostics_channel";
import type { ClientRequest } from "node:http";
import type { Platform } from "@trilane/lane-kit";

/** Records of one request to the store. */
const RECORDS_OF_REQUEST_MAX = 25;
const ATTEMPT = /attempt=(\d+)/;

export interface SentAgain {
  readonly writer: Platform["writer"];
  /** The most records that may be duplicates. */
  count(): number;
}

export function countSentAgain(writer: Platform["writer"]): SentAgain {
  let [requests, failed] = [0, 0];
  subscribe("http.client.request.start", (message) => {
    const { request } = message as { readonly request: ClientRequest };
    const [, attempt = "1"] = ATTEMPT.exec(String(request.getHeader("amz-sdk-request"))) ?? [];
    if (Number(attempt) > 1) requests += 1;
  });
  return {
    writer: {
      write: (...call) => writer.write(...call),
      delete: (...call) => writer.delete(...call),
      checkBefore: (options) => writer.checkBefore(options),
      mayBeErased: (person) => writer.mayBeErased(person),
      async writeMany(...call) {
        const receipts = await writer.writeMany(...call);
        for (const { status } of receipts) if (status === "failed") failed += 1;
        return receipts;
      },
    },
    count: () => failed + RECORDS_OF_REQUEST_MAX * requests,
  };
}
