/** Mutants of the writer's plan and of the reduction. */
import { writePlan, type Reduction, type Versioned } from "@trilane/write-through/protocol";
import { type ProtocolUnderTest, productionProtocol, withWritePlan } from "./protocol.ts";
import type { Mutant } from "../mutant.ts";

export const planMutants: readonly Mutant<ProtocolUnderTest>[] = [
  {
    name: "publish what was written",
    rule: "2 (afterPut)",
    instead: "a refused writer publishes its own version, not the one that the store holds",
    protocol: withWritePlan({
      afterPut: (write, hold, reply) =>
        writePlan.afterPut(write, hold, reply.kind === "refused" ? { kind: "stored" } : reply),
    }),
    world: "same-write-twice",
    expects: "violation",
  },
  {
    name: "a refused write does not publish",
    rule: "7 (afterPut)",
    instead: "a refused writer acknowledges at once",
    protocol: withWritePlan({
      afterPut: (write, hold, reply) => {
        const step = writePlan.afterPut(write, hold, reply);
        const isRefused = reply.kind === "refused" && step.next === "publish";
        return isRefused ? { next: "acknowledge", outcome: step.outcome } : step;
      },
    }),
    world: "same-write-twice",
    expects: "violation",
  },
  {
    name: "acknowledge before publish",
    rule: "publish, then acknowledge (afterPut)",
    instead: "a writer acknowledges once the store has its write",
    protocol: withWritePlan({
      afterPut: (write, hold, reply) => {
        const step = writePlan.afterPut(write, hold, reply);
        return step.next === "publish" ? { next: "acknowledge", outcome: step.outcome } : step;
      },
    }),
    world: "same-write-twice",
    expects: "violation",
  },
  {
    name: "a put without an answer counts as stored",
    rule: "unknown is not an outcome (afterPut)",
    instead: "a writer publishes and acknowledges a put that timed out",
    protocol: withWritePlan({
      afterPut: (write, hold, reply) =>
        writePlan.afterPut(write, hold, reply.kind === "unknown" ? { kind: "stored" } : reply),
    }),
    world: "redelivered-write",
    expects: "violation",
  },
  {
    name: "`if-cached` populates",
    rule: "populate (afterPut)",
    instead: "every publish leaves a clean copy",
    protocol: withWritePlan({
      afterPut: (write, hold, reply) => writePlan.afterPut({ ...write, populate: "always" }, hold, reply),
    }),
    world: "backfill-alone",
    expects: "upkeep",
    reason: "reads stay right; a backfill of cold keys pushes hot ones out",
  },
  {
    name: "no reduction",
    rule: "10 (reduceByKey)",
    instead: "a batch holds one key twice, and the store refuses all of it",
    protocol: { ...productionProtocol, reduceByKey: keepAll },
    world: "batch-two-keys-quick",
    expects: "upkeep",
    reason: "reads stay right; such a batch is refused each time that it is delivered, and its lane stands still",
  },
  {
    name: "the last record of a batch wins",
    rule: "10 (reduceByKey)",
    instead: "the reduction goes by position, not by version",
    protocol: { ...productionProtocol, reduceByKey: keepLast },
    world: "batch-two-keys-quick",
    expects: "violation",
  },
];

function keepAll<Record extends Versioned>(records: readonly Record[]): Reduction<Record> {
  return { winners: records, winnerOf: Uint32Array.from(records, (_, index) => index) };
}

function keepLast<Record extends Versioned>(records: readonly Record[]): Reduction<Record> {
  const keys = [...new Set(records.map((record) => record.key))];
  const winners = keys.flatMap((key) => records.filter((record) => record.key === key).slice(-1));
  return { winners, winnerOf: Uint32Array.from(records, (record) => keys.indexOf(record.key)) };
}
