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

/** `admin` must be connected, by a way with all rights. */
export async function allowOnKafka(admin: Admin, user: string, rights: readonly KafkaRightOnName[]): Promise<void> {
  await admin.createAcls({
    acl: rights.map(({ resourceType, resourceName, operation }) => ({
      principal: `User:${user}`,
      host: "*",
      permissionType: AclPermissionTypes.ALLOW,
      resourceType: AclResourceTypes[resourceType],
      resourceName,
      resourcePatternType: ResourcePatternTypes.LITERAL,
      operation: AclOperationTypes[operation],
    })),
  });
}
