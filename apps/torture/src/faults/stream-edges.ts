/**
 * Faults at the edges of the stream lane, on topics of their own that one more
 * lane process reads, each by a consumer group of its own.
 */
import type { EdgeFault } from "./edge-fault.ts";
import { EdgeRecords, missingAfterWait, outcomeOf, presentOf } from "./edge-records.ts";
import type { EdgeSetting } from "./edge-setting.ts";
import { EdgeTopics } from "./edge-topics.ts";
import { overlapTransactions } from "./overlap-transactions.ts";
import { poisonEdge } from "./poison-edge.ts";
import { addedPartitionsEdge, compactionEdge, overtakenEdge, remadeTopicEdge } from "./topic-edges.ts";

const PARTITIONS = 2;
const TOPICS = ["transactions", "poison", "compacted", "overtaken", "grown", "remade"] as const;

/**
 * Two tracks, which go on beside each other.
 * @param cleanups gets what must be ended
 */
export async function openStreamEdges(
  { kafka, platform, processes, run }: EdgeSetting,
  cleanups: (() => Promise<void> | void)[],
): Promise<readonly (readonly EdgeFault[])[]> {
  const topicOf = (name: (typeof TOPICS)[number]): string => `${run}-${name}`;
  const topics = new EdgeTopics(kafka, run);
  cleanups.push(() => topics.close());
  await topics.open(TOPICS.map(topicOf), PARTITIONS);
  const skip: string[] = [];
  const lane = processes.edgeStreamLane(TOPICS.map(topicOf), () => skip);
  const own = { platform, topics, lane };
  const records = new EdgeRecords("transaction");
  const overlapping: EdgeFault = {
    kind: "edge: overlapping transactions, some aborted",
    async run(random) {
      const own = { kafka, topic: topicOf("transactions"), partitions: PARTITIONS, records, random };
      const { committed, aborted } = await overlapTransactions(own);
      const missing = await missingAfterWait(platform, committed);
      const wrong = await presentOf(platform, aborted);
      return outcomeOf(`${committed.length} committed, ${aborted.length} aborted`, aborted.length, { missing, wrong });
    },
  };
  return [
    [overlapping, poisonEdge({ ...own, topic: topicOf("poison"), skip }), compactionEdge({ ...own, topic: topicOf("compacted") })],
    [
      overtakenEdge({ ...own, topic: topicOf("overtaken") }),
      addedPartitionsEdge({ ...own, topic: topicOf("grown") }),
      remadeTopicEdge({ ...own, topic: topicOf("remade"), partitions: PARTITIONS }),
    ],
  ];
}
