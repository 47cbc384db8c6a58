/** Constructs the kafkajs client of a process. Every timeout and retry is stated here. */
import type { KafkaSecurity, Platform } from "@trilane/lane-kit";
import { messageOf, systemClock } from "@trilane/write-through";
import kafkajs from "kafkajs";
import type { Kafka, KafkaConfig, logCreator, RetryOptions } from "kafkajs";
import { registerCodecs } from "./codecs.ts";
import { correctFetchResponses } from "./fetch-responses.ts";
import { kafkaAccess } from "./kafka-access.ts";
import { letIdleRequestsRest } from "./idle-requests.ts";

export interface KafkaClientOptions {
  readonly brokers: readonly string[];
  /** Default: no TLS and no login. */
  readonly security?: KafkaSecurity | undefined;
  /** The region for AWS's own login. */
  readonly region?: string | undefined;
  readonly clientId: string;
  readonly logger: Platform["logger"];
  /** The retries of every call. */
  readonly retry?: Required<Pick<RetryOptions, "initialRetryTime" | "retries">>;
}

export const NO_SECURITY: KafkaSecurity = { tls: null, login: null };

const timeouts = {
  connectionTimeout: 3_000,
  authenticationTimeout: 10_000,
  requestTimeout: 20_000,
  enforceRequestTimeout: true,
} as const satisfies Partial<KafkaConfig>;

/** The retries last about ten seconds in all. */
const retryDefault = { initialRetryTime: 100, factor: 0.2, multiplier: 2, maxRetryTime: 3_000, retries: 8 } as const;

export function createKafka(options: KafkaClientOptions): Kafka {
  const { brokers, security = NO_SECURITY, region, clientId, logger, retry } = options;
  registerCodecs();
  correctFetchResponses();
  letIdleRequestsRest();
  return new kafkajs.Kafka({
    ...timeouts,
    ...kafkaAccess(security, { region, clock: systemClock }),
    brokers: [...brokers],
    clientId,
    retry: { ...retryDefault, ...retry },
    logLevel: kafkajs.logLevel.INFO,
    logCreator: logsTo(logger),
  });
}

/** Logs one level lower than kafkajs, which logs every error that it then retries. */
function logsTo(logger: Platform["logger"]): logCreator {
  const { ERROR, WARN, INFO } = kafkajs.logLevel;
  return () =>
    ({ level, namespace, log }) => {
      const { message, timestamp: _timestamp, logger: _logger, stack: _stack, ...fields } = log;
      const entry = { ...fields, component: `kafkajs:${namespace}` };
      const text = textOf(message);
      if (level === ERROR) logger.warn(entry, text);
      else if (level === WARN) logger.info(entry, text);
      else if (level === INFO) logger.debug(entry, text);
      else logger.trace(entry, text);
    };
}

/** The library logs some errors as they are, although its types promise a text. */
function textOf(message: unknown): string {
  return typeof message === "string" ? message : messageOf(message);
}
