/** The consumer's own settings: flags first, then the environment. */
import { parseArgs } from "node:util";
import { StreamError } from "./errors.ts";
import { parseBindings, type TopicBindings } from "./topic-bindings.ts";

export interface StreamConfig {
  /** Feature group by topic. */
  readonly bindings: TopicBindings;
  /** The consumer group of all topics; null: one for each, see `consumer-groups.ts`. */
  readonly groupId: string | null;
  readonly sessionTimeoutMs?: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

export const streamUsage = `usage: stream-consumer --topic <topic>=<group>... [--group-id <id>] [--session-timeout-ms <ms>]

  --topic <topic>=<group>     a topic and the feature group that it feeds; may be given several times
                              (TRILANE_STREAM_TOPICS, separated by commas)
  --group-id <id>             one Kafka consumer group for all topics (TRILANE_STREAM_GROUP); by default there is
                              one for each table, topic and feature group
  --session-timeout-ms <ms>   after which others take over a silent process's partitions, default 15000

example: stream-consumer --topic flights=routes --topic codes=airports
`;

const SESSION_TIMEOUT_MS_MIN = 6_000;

/** @throws StreamError BINDING_INVALID with the usage. */
export function readStreamConfig(args: readonly string[], environment: Environment = process.env): StreamConfig {
  const values = parse(args);
  const fromEnvironment = (environment["TRILANE_STREAM_TOPICS"] ?? "").split(",").filter((text) => text !== "");
  const bindings = parseBindings(values.topic ?? fromEnvironment);
  const given = values["group-id"] ?? environment["TRILANE_STREAM_GROUP"] ?? "";
  const groupId = given === "" ? null : given;
  const timeout = values["session-timeout-ms"];
  if (timeout === undefined) return { bindings, groupId };
  const sessionTimeoutMs = Number(timeout);
  if (Number.isInteger(sessionTimeoutMs) && sessionTimeoutMs >= SESSION_TIMEOUT_MS_MIN) {
    return { bindings, groupId, sessionTimeoutMs };
  }
  const problem = `--session-timeout-ms is "${timeout}": give whole milliseconds, ${SESSION_TIMEOUT_MS_MIN} or more`;
  throw new StreamError("BINDING_INVALID", problem);
}

function parse(args: readonly string[]): {
  readonly topic?: string[];
  readonly "group-id"?: string;
  readonly "session-timeout-ms"?: string;
} {
  try {
    const options = {
      topic: { type: "string", multiple: true },
      "group-id": { type: "string" },
      "session-timeout-ms": { type: "string" },
    } as const;
    return parseArgs({ args: [...args], options }).values;
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new StreamError("BINDING_INVALID", `${message}\n${streamUsage}`, { cause });
  }
}
