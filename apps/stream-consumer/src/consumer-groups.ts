/**
 * The Kafka consumer groups of a process. By default each table, topic and
 * feature group has a consumer group of its own. In a shared group each member
 * reads a part of the partitions, so each of two tables would get half of the
 * records, and so would two feature groups of one topic.
 */
import type { TopicBindings } from "./topic-bindings.ts";

export interface ConsumerGroup {
  readonly groupId: string;
  readonly topics: readonly string[];
  /** Where this group has no offsets, it goes on from those of the former group. */
  readonly formerGroupId?: string;
}

/** The group that every process had before, whatever its table and topics. */
const FORMER_DEFAULT = "trilane";
/** No table and no topic has this character in its name. */
const SEPARATOR = ":";

/** `groupId`: the given group for all topics; null: the default. */
export function consumerGroupsOf(options: {
  readonly bindings: TopicBindings;
  readonly table: string;
  readonly groupId: string | null;
}): readonly ConsumerGroup[] {
  const { bindings, table, groupId } = options;
  if (groupId !== null) return [{ groupId, topics: [...bindings.keys()] }];
  return [...bindings].map(([topic, group]) => ({
    groupId: ["trilane", table, topic, group].join(SEPARATOR),
    topics: [topic],
    formerGroupId: FORMER_DEFAULT,
  }));
}
