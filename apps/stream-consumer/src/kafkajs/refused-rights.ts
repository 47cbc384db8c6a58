/**
 * Asks the brokers which rights on topics and on a consumer group the login
 * lacks, without reading or writing anything. Brokers tell the rights on topics
 * with their metadata; the right on a group is tried by the heartbeat of a
 * member that does not exist, which is refused for another reason where the
 * right is there.
 */
import type { Cluster } from "kafkajs";
import { createKafka, type KafkaClientOptions } from "./kafka-client.ts";
import { subscribedAssigner } from "./subscribed-assigner.ts";
import { type AskedCluster, readTopicMetadata, type TopicOperation } from "./topic-metadata.ts";

export interface WantedKafkaRights {
  readonly topics: readonly { readonly topic: string; readonly operation: TopicOperation }[];
  /** The groups to be a member of. */
  readonly groupIds: readonly string[];
}

/** The parts of kafkajs's cluster and broker that its types leave out. */
interface GroupCluster extends AskedCluster {
  refreshMetadata(): Promise<void>;
}

interface GroupBroker {
  findGroupCoordinator(group: {
    readonly groupId: string;
    readonly coordinatorType: number;
  }): Promise<{ readonly coordinator: { readonly nodeId: number } }>;
  heartbeat(member: { groupId: string; groupGenerationId: number; memberId: string }): Promise<unknown>;
}

const OF_GROUPS = 0;
const NO_MEMBER = { groupGenerationId: 0, memberId: "trilane-doctor" };
const GROUP_REFUSED = "GROUP_AUTHORIZATION_FAILED";
/** Only the assigner of a consumer gets kafkajs's cluster; this consumer never joins its group. */
const NO_GROUP = "trilane-doctor";

/**
 * Returns sentences such as `READ on topic "x"`. Topics that do not exist count as hidden ones do. Brokers before Kafka
 * 3.1 do not tell rights on topics, and then these count as given.
 * @throws errors of the client
 */
export async function refusedKafkaRights(
  client: KafkaClientOptions,
  { topics, groupIds }: WantedKafkaRights,
): Promise<readonly string[]> {
  let cluster: Cluster | null = null;
  const consumer = createKafka(client).consumer({
    groupId: NO_GROUP,
    partitionAssigners: [
      (assigning) => {
        cluster = assigning.cluster;
        return subscribedAssigner(assigning);
      },
    ],
  });
  await consumer.connect();
  try {
    if (cluster === null) return [];
    // Its types leave out how a broker is asked.
    const asked = cluster as unknown as GroupCluster;
    // Before, it knows no broker by its number.
    await asked.refreshMetadata();
    const refused = [...(await refusedOnTopics(asked, topics))];
    for (const groupId of groupIds)
      if (await isGroupRefused(asked, groupId)) refused.push(`READ on group "${groupId}"`);
    return refused;
  } finally {
    await consumer.disconnect();
  }
}

async function refusedOnTopics(cluster: AskedCluster, wanted: WantedKafkaRights["topics"]): Promise<readonly string[]> {
  const names = [...new Set(wanted.map(({ topic }) => topic))];
  if (names.length === 0) return [];
  const found = await readTopicMetadata(cluster, { topics: names, asksForOperations: true });
  if (found === null) return [];
  return wanted
    .filter(({ topic, operation }) => found.get(topic)?.operations.has(operation) !== true)
    .map(({ topic, operation }) => `${operation} on topic "${topic}"`);
}

async function isGroupRefused(cluster: GroupCluster, groupId: string): Promise<boolean> {
  try {
    // The cluster's own search hides why a broker refuses to tell the coordinator.
    const broker = await brokerOf(cluster, cluster.getNodeIds()[0]);
    const { coordinator } = await broker.findGroupCoordinator({ groupId, coordinatorType: OF_GROUPS });
    await (await brokerOf(cluster, coordinator.nodeId)).heartbeat({ groupId, ...NO_MEMBER });
    return false;
  } catch (error) {
    return error instanceof Error && "type" in error && error.type === GROUP_REFUSED;
  }
}

async function brokerOf(cluster: GroupCluster, nodeId: number | string | undefined): Promise<GroupBroker> {
  return (await cluster.findBroker({ nodeId: String(nodeId) })) as GroupBroker;
}
