import { CoreError, type Receipt, type WriteRecord } from "@trilane/write-through";
import { recordOf, versionOf } from "@trilane/write-through/testing";
import { describe, expect, it } from "vitest";
import { checkHistory } from "../../src/history/check-history.ts";
import { EventQueue } from "../../src/simulator/event-queue.ts";
import { type Delivery, Ledger } from "../../src/simulator/ledger.ts";
import { RIGHT_CLOCKS } from "../../src/simulator/machine-clocks.ts";
import { SimulatedProcess } from "../../src/simulator/simulated-process.ts";

function ledgerWith() {
  const queue = new EventQueue();
  const ledger = new Ledger(queue);
  const process = new SimulatedProcess(3, queue, RIGHT_CLOCKS);
  const send = (record: WriteRecord): Delivery => {
    const delivery: Delivery = { record, operation: null, attempts: 0, triedAtMs: 0 };
    ledger.attempt(process, delivery, ledger.stampNs());
    return delivery;
  };
  const receive = (delivery: Delivery, receipt: Receipt): void => ledger.receive(delivery, receipt, ledger.stampNs());
  const operations = () => {
    const history = ledger.history();
    return Array.from({ length: history.length }, (_, index) => history.read(index));
  };
  return { ledger, process, send, receive, operations };
}

const failed: Receipt = { status: "failed", error: new CoreError("STORE_UNAVAILABLE", "as told") };

describe("the ledger", () => {
  it("gives an acknowledged write its return, and a failed one none until it is acknowledged", () => {
    const { send, receive, operations } = ledgerWith();
    const delivery = send(recordOf("k", 1));
    receive(delivery, failed);
    expect(operations()).toMatchObject([{ op: "write", version: versionOf(1), invoke: 1, return: null }]);
    receive(delivery, { status: "applied", version: versionOf(1) });
    expect(operations()).toMatchObject([{ op: "write", process: 3, invoke: 1, return: 3 }]);
  });

  it("takes a superseded receipt for a write of the version in it, at that moment", () => {
    const { ledger, send, receive, operations } = ledgerWith();
    const older = send(recordOf("k", 1));
    send(recordOf("k", 2));
    receive(older, { status: "superseded", version: versionOf(1), by: versionOf(2) });
    expect(operations()).toMatchObject([
      { version: versionOf(1), invoke: 1, return: 3 },
      { version: versionOf(2), invoke: 2, return: null },
      { version: versionOf(2), invoke: 3, return: 3 },
    ]);
    expect(ledger.operations).toBe(2);
  });

  it("so finds a read stale that begins after the receipt and returns the older version", () => {
    const { ledger, process, send, receive } = ledgerWith();
    const older = send(recordOf("k", 1));
    send(recordOf("k", 2));
    receive(older, { status: "superseded", version: versionOf(1), by: versionOf(2) });
    const record = ledger.sent.get(versionOf(1))?.record;
    const payload = record?.payload ?? new Uint8Array(0);
    const times = { invoke: ledger.stampNs(), returned: ledger.stampNs() };
    ledger.read(
      process,
      "k",
      { kind: "found", version: versionOf(1), payload, expiresAtMs: 0, source: "cache" },
      times,
    );
    expect(checkHistory(ledger.history()).violations).toMatchObject([{ kind: "stale" }]);
    expect(ledger.problems).toEqual([]);
  });

  it("leaves out what had expired before its first attempt, and keeps what may have been written by an earlier one", () => {
    const { ledger, process, send, receive, operations } = ledgerWith();
    receive(send(recordOf("a", 1)), { status: "expired", version: versionOf(1) });
    const tried = send(recordOf("b", 2));
    receive(tried, failed);
    ledger.attempt(process, tried, ledger.stampNs());
    receive(tried, { status: "expired", version: versionOf(2) });
    expect(operations()).toMatchObject([{ key: "b", return: null }]);
  });

  it("takes a record for lost that a wrong clock takes for expired, or hides from a reader", () => {
    const { ledger, process, send, receive } = ledgerWith();
    const record = { ...recordOf("k", 1), expiresAtMs: Date.UTC(2026, 0, 1) + 60_000 };
    receive(send(record), { status: "expired", version: versionOf(1) });
    const times = { invoke: ledger.stampNs(), returned: ledger.stampNs() };
    ledger.read(process, "k", { kind: "absent", version: versionOf(1), source: "store" }, times);
    expect(ledger.problems).toEqual([
      expect.stringContaining("was lost to a clock: expired, 60000 ms before its time"),
      expect.stringContaining("which expires only in 60000 ms"),
    ]);
  });

  it("leaves out what was not tried for want of a confirmed time, and keeps the try that follows", () => {
    const { send, receive, operations, ledger, process } = ledgerWith();
    const delivery = send(recordOf("k", 1));
    receive(delivery, { status: "failed", error: new CoreError("CLOCK_UNCONFIRMED", "as told") });
    ledger.attempt(process, delivery, ledger.stampNs());
    receive(delivery, { status: "applied", version: versionOf(1) });
    expect(operations()).toMatchObject([{ op: "write", invoke: 3, return: 4 }]);
    expect(ledger.operations).toBe(1);
  });

  it("names receipts that cannot be, and payloads of other versions", () => {
    const { ledger, process, send, receive } = ledgerWith();
    const delivery = send(recordOf("k", 2));
    receive(delivery, { status: "applied", version: versionOf(2) });
    receive(delivery, { status: "applied", version: versionOf(2) });
    receive(delivery, { status: "superseded", version: versionOf(2), by: versionOf(9) });
    receive(delivery, { status: "dead", reason: "no", detail: "no" });
    receive(delivery, { status: "failed", error: new CoreError("STORE_REJECTED", "as told") });
    const times = { invoke: ledger.stampNs(), returned: ledger.stampNs() };
    const other = { kind: "found", version: versionOf(2), payload: new Uint8Array(1), expiresAtMs: 0 } as const;
    ledger.read(process, "k", { ...other, source: "store" }, times);
    expect(ledger.problems).toEqual([
      expect.stringContaining("was applied twice"),
      expect.stringContaining("is said to be superseded by"),
      expect.stringContaining("is dead"),
      expect.stringContaining("failed with STORE_REJECTED"),
      expect.stringContaining("with another payload"),
    ]);
  });
});
