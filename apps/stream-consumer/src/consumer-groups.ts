/**
 * The Kafka consumer groups of a process. By default each table, topic and
 * feature group has one of its own: in a group that is shared, each member has
 * a part of the partitions, so that of two tables each would get half of the
 * records, and of two feature groups of one topic as well.
 */
import type { TopicBindings } from "./topic-bindings.ts";

export interface ConsumerGroup {
  readonly groupId: string;
  readonly topics: readonly string[];
  /** Where this one has no offsets, it goes on from those of that one. */
  readonly formerGroupId?: string;
}

/** What every process had before, whatever its table and topics. */
const FORMER_DEFAULT = "trilane";
/** In no name of a table or a topic. */
const SEPARATOR = ":";

/** `groupId`: one for all topics, as it was given; null: the default. */
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
