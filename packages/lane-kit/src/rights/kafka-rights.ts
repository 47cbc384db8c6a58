/** The ACLs of each program on Kafka. */
import { type ProgramWithRights, type RightOf } from "./rights.ts";

/** `topics` are bound to feature groups; `letters` are their dead-letter topics; `group` is the consumer group. */
export type KafkaPlace = "topics" | "letters" | "group" | "former group";

export interface KafkaRight extends RightOf {
  readonly operation: "READ" | "WRITE" | "DESCRIBE" | "CREATE";
  readonly place: KafkaPlace;
  readonly onlyWith?: string;
}

/** READ and WRITE include DESCRIBE. */
export const KAFKA_RIGHTS: readonly KafkaRight[] = [
  { operation: "READ", place: "topics", by: ["stream"], does: "reads messages" },
  { operation: "READ", place: "group", by: ["stream"], does: "is a member of its group, and commits" },
  { operation: "WRITE", place: "letters", by: ["stream"], does: "keeps the messages that were refused" },
  {
    operation: "CREATE",
    place: "letters",
    by: ["stream"],
    does: "creates its dead-letter topics",
    onlyWith: "dead-letter topics that do not exist yet",
  },
  {
    operation: "DESCRIBE",
    place: "former group",
    by: ["stream"],
    does: "goes on from the offsets of the former default group",
    onlyWith: "the first start after an upgrade",
  },
  { operation: "WRITE", place: "topics", by: ["sender"], does: "sends messages" },
  { operation: "DESCRIBE", place: "topics", by: ["operator"], does: "looks whether topics exist" },
];

export interface KafkaNames {
  readonly topics: readonly string[];
  readonly letters: readonly string[];
  readonly group: readonly string[];
  readonly "former group": readonly string[];
}

export interface KafkaAcl {
  readonly resourceType: "TOPIC" | "GROUP";
  readonly resourceName: string;
  readonly operation: KafkaRight["operation"];
}

/** The literal ACLs of a program, for the names of a deployment. */
export function kafkaAclsOf(program: ProgramWithRights, names: KafkaNames): readonly KafkaAcl[] {
  return KAFKA_RIGHTS.filter(({ by }) => by.includes(program)).flatMap(({ operation, place }) =>
    names[place].map((resourceName) => ({
      resourceType: place === "topics" || place === "letters" ? ("TOPIC" as const) : ("GROUP" as const),
      resourceName,
      operation,
    })),
  );
}
