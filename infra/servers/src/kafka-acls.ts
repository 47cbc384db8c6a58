/** Gives users of a secured Kafka their rights. */
import kafkajs, { type Admin } from "kafkajs";

// The client is CommonJS, so Node finds its types' values on the default export alone.
const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;

/** A right on the resource with exactly this name. */
export interface KafkaRightOnName {
  readonly resourceType: "TOPIC" | "GROUP";
  readonly resourceName: string;
  readonly operation: "READ" | "WRITE" | "DESCRIBE" | "CREATE";
}

/** Gives a user these rights and takes all others away. `admin` must be connected, by a way with all rights. */
export async function setKafkaRights(admin: Admin, user: string, rights: readonly KafkaRightOnName[]): Promise<void> {
  const principal = `User:${user}`;
  await admin.deleteAcls({
    filters: [
      {
        principal,
        resourceType: AclResourceTypes.ANY,
        resourcePatternType: ResourcePatternTypes.ANY,
        operation: AclOperationTypes.ANY,
        permissionType: AclPermissionTypes.ANY,
      },
    ],
  });
  if (rights.length === 0) return;
  await admin.createAcls({
    acl: rights.map(({ resourceType, resourceName, operation }) => ({
      principal,
      host: "*",
      permissionType: AclPermissionTypes.ALLOW,
      resourceType: AclResourceTypes[resourceType],
      resourceName,
      resourcePatternType: ResourcePatternTypes.LITERAL,
      operation: AclOperationTypes[operation],
    })),
  });
}
