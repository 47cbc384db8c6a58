/**
 * Creates topics that can be used at once. The client's own wait ends with an
 * error where a broker has not heard of a new topic yet. And metadata name a
 * leader a moment before that broker takes messages for it: a client that sends
 * to several partitions then sends all of them again, because one refused. So
 * the leaders themselves are asked, for their offsets.
 */
import { type Clock, systemClock } from "@trilane/write-through";
import kafkajs from "kafkajs";
import type { Admin, ITopicConfig } from "kafkajs";

const ATTEMPTS_MAX = 50;
const PAUSE_MS = 100;

/**
 * Resolves when the leader of each partition answers. `admin` must be connected.
 * @returns whether a topic was created; false where all of them exist
 * @throws KafkaJSError the broker's refusal, or its last answer where the topics are not ready after five seconds
 */
export async function createTopics(
  admin: Pick<Admin, "createTopics" | "fetchTopicOffsets">,
  topics: readonly ITopicConfig[],
  clock: Pick<Clock, "sleep"> = systemClock,
): Promise<boolean> {
  const areNew = await admin.createTopics({ topics: [...topics], waitForLeaders: false });
  for (let attempt = 1; ; attempt += 1) {
    try {
      for (const { topic } of topics) await admin.fetchTopicOffsets(topic);
      return areNew;
    } catch (error) {
      if (attempt === ATTEMPTS_MAX || !(error instanceof kafkajs.KafkaJSError) || !error.retriable) throw error;
      await clock.sleep(PAUSE_MS);
    }
  }
}
