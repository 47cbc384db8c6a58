/**
 * Faults at the edges of the stream lane, on topics of their own. An additional
 * lane process reads them, each by a consumer group of its own.
 */
import { deadTopicOf } from "@trilane/stream-consumer";
import type { Admin } from "kafkajs";
import type { EdgeFault, EdgeOutcome } from "./edge-fault.ts";
import { EdgeRecords, missingAfterWait, presentOf } from "./edge-records.ts";
import type { EdgeSetting } from "./edge-setting.ts";
import { overlapTransactions } from "./overlap-transactions.ts";

const PARTITIONS = 2;

/** @param cleanups gets the functions that end what was opened */
export async function openStreamEdges(
  { kafka, platform, processes, run }: EdgeSetting,
  cleanups: (() => Promise<void> | void)[],
): Promise<readonly EdgeFault[]> {
  const admin = kafka.admin();
  await admin.connect();
  cleanups.push(() => admin.disconnect());
  const topic = `${run}-transactions`;
  await createTopics(admin, run, [topic]);
  processes.edgeStreamLane([topic]);
  const records = new EdgeRecords("transaction");
  return [
    {
      kind: "edge: overlapping transactions, some aborted",
      async run(random) {
        const { committed, aborted } = await overlapTransactions({
          kafka,
          topic,
          partitions: PARTITIONS,
          records,
          random,
        });
        const missing = await missingAfterWait(platform, committed);
        const wrong = await presentOf(platform, aborted);
        return outcomeOf(`${committed.length} committed, ${aborted.length} aborted`, aborted.length, {
          missing,
          wrong,
        });
      },
    },
  ];
}

export function outcomeOf(
  detail: string,
  effects: number,
  { missing, wrong }: { readonly missing: readonly string[]; readonly wrong: readonly string[] },
): EdgeOutcome {
  return {
    detail,
    effects,
    problems: [...missing.map((id) => `${id} is missing`), ...wrong.map((id) => `${id} must not be there`)],
  };
}

async function createTopics(admin: Admin, table: string, topics: readonly string[]): Promise<void> {
  await admin.createTopics({
    waitForLeaders: true,
    topics: topics.flatMap((topic) => [
      { topic, numPartitions: PARTITIONS },
      { topic: deadTopicOf(topic, table), numPartitions: 1 },
    ]),
  });
}
