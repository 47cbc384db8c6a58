import { expect, it } from "vitest";
import { nameOfSent, ofErased, withoutReceipt } from "../../src/audit/audit-receipts.ts";
import type { SentRecord } from "../../src/workload/sent-records.ts";

const ada = { name: "ada", marker: "m1" };
const bob = { name: "bob", marker: "m2" };
const record = (id: string, owner: SentRecord["owner"]): SentRecord => ({ id, atMs: 1, n: 1, owner, lifeMs: null });
const digestOf = (name: string): string => `digest of ${name}`;

it("counts a record that its job has lost as one with a receipt only where its person was erased", () => {
  const [written, taken, wrong, missing] = [
    record("a", bob),
    record("b", ada),
    record("c", bob),
    record("d", ada),
  ] as const;
  const lost = ofErased([taken, wrong, record("e", null)], [{ subject: digestOf("ada") }], digestOf);
  expect(lost).toEqual([taken]);
  const names = [nameOfSent(written), ...lost.map(nameOfSent)];
  expect(withoutReceipt([written, taken, wrong, missing], names)).toEqual([wrong, missing]);
});
