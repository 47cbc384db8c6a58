/**
 * The meaning of failed receipts for a lane. After a failure that may pass by
 * itself the records are sent again later. One that does not pass, such as a missing table or a cache
 * with wrong settings, is of the whole process and not of a record, since a
 * record that can never be written is `dead`: it ends the lane.
 */
import type { CoreError, Receipt } from "@trilane/write-through";

/** The failure that decides: one that ends the lane, else the first; null where no receipt is `failed`. */
export function decidingFailure(receipts: readonly Receipt[]): CoreError | null {
  const errors = receipts.flatMap((receipt) => (receipt.status === "failed" ? [receipt.error] : []));
  return errors.find(endsLane) ?? errors[0] ?? null;
}

export function endsLane({ retryable }: CoreError): boolean {
  return !retryable;
}
