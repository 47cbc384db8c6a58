/** Checks the queue's server: whether it answers, keeps its jobs, and has memory left. */
import { type ProgramWithRights, type Settings, shownAddress } from "@trilane/lane-kit";
import { systemClock } from "@trilane/write-through";
import { queueName } from "../config.ts";
import { checkRedisRights } from "./check-redis-rights.ts";
import { type Finding, Findings } from "./finding.ts";

/** @param program the one whose rights are tried; null: no right is tried */
export async function checkQueue(
  { queueUrl, queueAccess: access, table }: Settings,
  program: ProgramWithRights | null,
): Promise<readonly Finding[]> {
  const findings = new Findings("queue");
  // Imported only here, as in the other commands, because the queue's client is large.
  const { memoryStateOf, memoryText, openQueueConnection, queueMemoryOf, queueOfTable } =
    await import("@trilane/job-worker");
  try {
    const onError = (): void => undefined;
    const connection = await openQueueConnection({ queueUrl, access, role: "sender", clock: systemClock, onError });
    try {
      const info = await connection.info();
      const memory = queueMemoryOf(info);
      // Valkey also tells the version of Redis with which it is compatible.
      const version = /^valkey_version:\S+/m.exec(info) ?? /^redis_version:\S+/m.exec(info);
      findings.ok(
        `${shownAddress(queueUrl)}: ${(version?.[0] ?? "").replace("_version:", " ")}, noeviction, ${memoryText(memory)} in use`,
      );
      const name = queueName() ?? queueOfTable(table);
      if (program !== null)
        await checkRedisRights(findings, { client: connection, server: "queue", program, name, prefix: access.prefix });
      const state = memoryStateOf(memory);
      if (state === "unbounded")
        findings.warning(
          "the queue's server has no maxmemory; set it below what the machine has, so that it refuses in time",
        );
      if (state === "filling" || state === "full")
        findings.warning(
          "the memory of the queue's server is nearly used up; start more workers, or give it more memory",
        );
    } finally {
      connection.disconnect();
    }
  } catch (error) {
    findings.failed(error);
  }
  return findings.all();
}
