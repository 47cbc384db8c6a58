/** The configuration of the stream lane, from its arguments first, then from the environment. */
import { exitCodesText, optionsText, readOptions, wholeNumber } from "@trilane/lane-kit";
import { streamOptions } from "./options.ts";
import { REFUSED_IN_ROW_MAX_DEFAULT } from "./refused-run.ts";
import { parseSkipRanges, type SkipRange } from "./skip-ranges.ts";
import { parseBindings, type TopicBindings } from "./topic-bindings.ts";

export interface StreamConfig {
  /** Feature group by topic. */
  readonly bindings: TopicBindings;
  /** The consumer group of all topics; null: one for each (see `consumer-groups.ts`). */
  readonly groupId: string | null;
  /** So many refused records in a row stop their partition. */
  readonly refusedInRowMax: number;
  readonly skip: readonly SkipRange[];
  readonly sessionTimeoutMs?: number;
}

export const streamUsage = `usage: stream-consumer --topic <topic=group>... [options]

${optionsText(streamOptions)}

${exitCodesText()}

example: stream-consumer --topic flights=routes --topic codes=airports
`;

/** The shortest timeout that a broker allows by default. */
const SESSION_TIMEOUT_MS_MIN = 6_000;

/** @throws SettingsError; StreamError BINDING_INVALID */
export function readStreamConfig(
  args: readonly string[],
  environment?: Readonly<Record<string, string | undefined>>,
): StreamConfig {
  const { values } = readOptions(streamOptions, args, { environment, positionalsMax: 0 });
  const bindings = parseBindings(values.topic);
  const groupId = values["group-id"] === "" ? null : values["group-id"];
  const limits = { min: SESSION_TIMEOUT_MS_MIN };
  const sessionTimeoutMs = wholeNumber("session-timeout-ms", values["session-timeout-ms"], limits);
  const refusedInRowMax = wholeNumber("dead-max", values["dead-max"], { min: 1 }) ?? REFUSED_IN_ROW_MAX_DEFAULT;
  const skip = parseSkipRanges(values.skip);
  return { bindings, groupId, refusedInRowMax, skip, ...(sessionTimeoutMs === null ? {} : { sessionTimeoutMs }) };
}
