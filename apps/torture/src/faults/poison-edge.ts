/**
 * A batch that nobody can read, which stops its partition: what comes behind it
 * must not be read, and the other partition must go on, until the operator
 * gives the batch up.
 */
import type { Platform } from "@trilane/lane-kit";
import kafkajs from "kafkajs";
import type { SupervisedProcess } from "../supervised-process.ts";
import type { EdgeFault } from "./edge-fault.ts";
import { EdgeRecords, missingAfterWait, outcomeOf, presentOf } from "./edge-records.ts";
import { type EdgeTopics, messageOf } from "./edge-topics.ts";

/** A little more than the lane decompresses. */
const POISON_BYTES = 64 * 1_024 * 1_024 + 1;
const POISONED = 0;
const OTHER = 1;

export function poisonEdge({
  platform,
  topics,
  topic,
  lane,
  skip,
}: {
  readonly platform: Pick<Platform, "reader">;
  readonly topics: EdgeTopics;
  readonly topic: string;
  readonly lane: SupervisedProcess;
  /** The lane's option, from its next start on. */
  readonly skip: string[];
}): EdgeFault {
  const records = new EdgeRecords("poison");
  return {
    kind: "edge: a poison batch, skipped by the operator",
    async run() {
      const [before, behind, other] = [records.next(), records.next(), records.next()];
      await topics.produce(topic, [messageOf(before, POISONED)]);
      const value = Buffer.alloc(POISON_BYTES);
      const poison = [{ partition: POISONED, value }];
      const [placed] = await topics.produce(topic, poison, kafkajs.CompressionTypes.GZIP);
      await topics.produce(topic, [messageOf(behind, POISONED)]);
      await topics.produce(topic, [messageOf(other, OTHER)]);
      const missing = [...(await missingAfterWait(platform, [before, other]))];
      const wrong = await presentOf(platform, [behind]);
      // A send without an answer may have left the batch there before.
      const first = Math.max(0, (placed?.offset ?? 0) - 1);
      skip.push(`${topic}/${POISONED}@${first}-${placed?.offset ?? 0}`);
      lane.kill();
      missing.push(...(await missingAfterWait(platform, [behind])));
      return outcomeOf(`at offset ${placed?.offset ?? "unknown"}`, 1, { missing, wrong });
    },
  };
}
