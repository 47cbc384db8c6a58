/** Faults at the edges of the stream lane that are done to a topic as a whole. */
import { setTimeout as delay } from "node:timers/promises";
import type { Platform } from "@trilane/lane-kit";
import type { SupervisedProcess } from "../supervised-process.ts";
import type { SensorFields } from "../workload/sent-records.ts";
import type { EdgeFault } from "./edge-fault.ts";
import { EdgeRecords, missingAfterWait, outcomeOf, presentOf } from "./edge-records.ts";
import { type EdgeTopics, messageOf } from "./edge-topics.ts";

export interface TopicEdgeOptions {
  readonly platform: Pick<Platform, "reader">;
  readonly topics: EdgeTopics;
  readonly topic: string;
  readonly lane: SupervisedProcess;
}

const RECORDS = 8;
/** A fetch that waits at the broker is answered in this time. */
const FETCH_ENDS_MS = 1_000;
const LANE_PAUSE_MS = 5_000;
const PARTITIONS_MAX = 8;
const COMPACTED_ROUNDS = 20;
const COMPACTED_KEYS = 3;
const COMPACTION_MS = 4_000;

/** Retention takes records away that nobody has read; those behind them must come. */
export function overtakenEdge({ platform, topics, topic, lane }: TopicEdgeOptions): EdgeFault {
  const records = new EdgeRecords("overtaken");
  return {
    kind: "edge: retention overtakes",
    async run() {
      const paused = lane.pause(LANE_PAUSE_MS);
      await delay(FETCH_ENDS_MS);
      const [gone, kept] = [some(records, RECORDS), some(records, RECORDS)];
      await topics.produce(topic, gone.map((record) => messageOf(record, 0)));
      const [placed] = await topics.produce(topic, kept.map((record) => messageOf(record, 0)));
      await topics.takeAway(topic, 0, placed?.offset ?? 0);
      await paused;
      const missing = await missingAfterWait(platform, kept);
      // Another process may have read some of them before: those are no loss.
      const read = await presentOf(platform, gone);
      const lost = gone.length - read.length;
      return outcomeOf(`${lost} records taken away, ${kept.length} behind them read`, lost, { missing, wrong: [] });
    },
  };
}

export function addedPartitionsEdge({ platform, topics, topic }: TopicEdgeOptions): EdgeFault {
  const records = new EdgeRecords("grown");
  let partition = 0;
  return {
    kind: "edge: a partition is added",
    async run() {
      if (partition < PARTITIONS_MAX) partition = await topics.addPartition(topic);
      const own = some(records, RECORDS);
      await topics.produce(topic, own.map((record) => messageOf(record, partition)));
      const missing = await missingAfterWait(platform, own);
      return outcomeOf(`partition ${partition}`, own.length, { missing, wrong: [] });
    },
  };
}

/** The new topic is longer than what was read of the old one. */
export function remadeTopicEdge({
  platform,
  topics,
  topic,
  partitions,
}: TopicEdgeOptions & { readonly partitions: number }): EdgeFault {
  const records = new EdgeRecords("remade");
  return {
    kind: "edge: a topic is deleted and made again",
    async run() {
      const old = some(records, RECORDS);
      await topics.produce(topic, old.map((record) => messageOf(record, 0)));
      const missing = [...(await missingAfterWait(platform, old))];
      await topics.remake(topic, partitions);
      const fresh = some(records, 2 * RECORDS);
      await topics.produce(topic, fresh.map((record) => messageOf(record, 0)));
      missing.push(...(await missingAfterWait(platform, fresh)));
      return outcomeOf(`${fresh.length} records after it`, fresh.length, { missing, wrong: [] });
    },
  };
}

/** Of each key the last record stays, and is read behind the offsets of those that are gone. */
export function compactionEdge({ platform, topics, topic, lane }: TopicEdgeOptions): EdgeFault {
  const records = new EdgeRecords("compacted");
  let isPrepared = false;
  return {
    kind: "edge: compaction",
    async run() {
      if (!isPrepared) await topics.compact(topic);
      isPrepared = true;
      const own = some(records, COMPACTED_KEYS);
      const paused = lane.pause(LANE_PAUSE_MS + COMPACTION_MS);
      let last: readonly SensorFields[] = own;
      for (let round = 1; round <= COMPACTED_ROUNDS; round += 1) {
        last = own.map((record) => ({ ...record, at: record.at + round, n: record.n + round }));
        await topics.produce(topic, last.map((record) => messageOf(record, 0)));
      }
      await delay(COMPACTION_MS);
      // The segment that is written to is not compacted.
      const end = some(records, 1);
      await topics.produce(topic, end.map((record) => messageOf(record, 0)));
      await paused;
      const missing = await missingAfterWait(platform, [...last, ...end]);
      return outcomeOf(`${COMPACTED_ROUNDS} rounds of ${COMPACTED_KEYS} keys`, last.length, { missing, wrong: [] });
    },
  };
}

function some(records: EdgeRecords, count: number): readonly SensorFields[] {
  return Array.from({ length: count }, () => records.next());
}
