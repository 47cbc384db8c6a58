/** Asks the brokers which partitions the members of a group read. */
import kafkajs from "kafkajs";
import type { Admin } from "kafkajs";
import { partitionName } from "../stream-source.ts";

const SETTLED = "Stable";

/** By name; null while the group distributes its partitions. `admin` must be connected. */
export async function readPartitions(admin: Admin, groupId: string): Promise<ReadonlySet<string> | null> {
  const [group] = (await admin.describeGroups([groupId])).groups;
  if (group?.state !== SETTLED) return null;
  const names = group.members.flatMap(({ memberAssignment }) => {
    const assignment = kafkajs.AssignerProtocol.MemberAssignment.decode(memberAssignment)?.assignment ?? {};
    return Object.entries(assignment).flatMap(([topic, partitions]) =>
      partitions.map((partition) => partitionName({ topic, partition })),
    );
  });
  return new Set(names);
}
