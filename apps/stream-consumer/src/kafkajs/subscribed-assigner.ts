/**
 * Decides which member of a group reads which partition: only a member that
 * subscribes to its topic. kafkajs's own assigner gives the leader's topics to
 * all members, and a member drops the topics that it does not subscribe to, so
 * nobody reads them. This assigner has the same name, so that members of both
 * kinds can be in a group.
 */
import kafkajs from "kafkajs";
import type { Assigner, Cluster, GroupMember, PartitionAssigner } from "kafkajs";
import type { PartitionId } from "../stream-source.ts";

const NAME = "RoundRobinAssigner";
const VERSION = 0;

export interface Subscriber {
  readonly memberId: string;
  readonly topics: readonly string[];
}

/** By member; each partition goes to the subscriber with the fewest partitions. */
export function assignPartitions(
  partitions: readonly PartitionId[],
  subscribers: readonly Subscriber[],
): ReadonlyMap<string, readonly PartitionId[]> {
  const sorted = subscribers.toSorted((left, right) => (left.memberId < right.memberId ? -1 : 1));
  const assigned = new Map<string, PartitionId[]>(sorted.map(({ memberId }) => [memberId, []]));
  for (const partition of partitions) {
    const candidates = sorted.filter(({ topics }) => topics.includes(partition.topic));
    const counts = candidates.map(({ memberId }) => assigned.get(memberId) ?? []);
    const fewest = counts.reduce<PartitionId[] | null>(
      (best, own) => (best === null || own.length < best.length ? own : best),
      null,
    );
    fewest?.push(partition);
  }
  return assigned;
}

export const subscribedAssigner: PartitionAssigner = ({ cluster }): Assigner => ({
  name: NAME,
  version: VERSION,
  protocol: ({ topics }) => ({
    name: NAME,
    metadata: kafkajs.AssignerProtocol.MemberMetadata.encode({ version: VERSION, topics, userData: Buffer.alloc(0) }),
  }),
  async assign({ members }) {
    const subscribers = members.map(subscriberOf);
    const partitions = await partitionsOf(cluster, new Set(subscribers.flatMap(({ topics }) => topics)));
    return [...assignPartitions(partitions, subscribers)].map(([memberId, own]) => ({
      memberId,
      memberAssignment: kafkajs.AssignerProtocol.MemberAssignment.encode({
        version: VERSION,
        assignment: assignmentOf(own),
        userData: Buffer.alloc(0),
      }),
    }));
  },
});

function subscriberOf({ memberId, memberMetadata }: GroupMember): Subscriber {
  return { memberId, topics: kafkajs.AssignerProtocol.MemberMetadata.decode(memberMetadata)?.topics ?? [] };
}

/** The leader need not subscribe to all of them. */
async function partitionsOf(cluster: Cluster, topics: ReadonlySet<string>): Promise<readonly PartitionId[]> {
  await cluster.addMultipleTargetTopics([...topics]);
  await cluster.refreshMetadataIfNecessary();
  return [...topics].toSorted().flatMap((topic) =>
    cluster
      .findTopicPartitionMetadata(topic)
      .map(({ partitionId }) => ({ topic, partition: partitionId }))
      .toSorted((left, right) => left.partition - right.partition),
  );
}

/** By topic. */
function assignmentOf(partitions: readonly PartitionId[]): Record<string, number[]> {
  const byTopic = Map.groupBy(partitions, ({ topic }) => topic);
  return Object.fromEntries([...byTopic].map(([topic, own]) => [topic, own.map(({ partition }) => partition)]));
}
