/**
 * The one way to write an error into a log: a closed list of its properties.
 * Clients put more into their errors, above all the command with its arguments,
 * which may be a password or the payload of a job.
 */
import { messageOf } from "@trilane/write-through";

const CAUSES_MAX = 5;
const ERRORS_MAX = 10;
/** All of these are facts without secrets; `type` is Kafka's name for an answer of a broker. */
const SHOWN = ["code", "retryable", "errno", "syscall", "address", "port", "type"] as const;
/** Redis and Valkey repeat the arguments of a command that they do not know. */
const REPEATED_ARGUMENTS = /,? with args beginning with:.*/gs;

export interface ErrorFields {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  /** The fields of our own errors: keys, limits, addresses. */
  readonly fields?: object;
  readonly cause?: ErrorFields;
  /** The errors for which one error stands. */
  readonly errors?: readonly ErrorFields[];
  readonly [fact: string]: unknown;
}

export function errorFields(error: unknown): ErrorFields {
  return fieldsOf(error, CAUSES_MAX);
}

/** The message of any thrown value, without the arguments that a server repeats. */
export function shownMessage(thrown: unknown): string {
  return withoutArguments(messageOf(thrown));
}

/** Cuts off the arguments of a command that a server repeats. */
export function withoutArguments(message: string): string {
  return message.replaceAll(REPEATED_ARGUMENTS, "");
}

function fieldsOf(error: unknown, depthLeft: number): ErrorFields {
  if (!(error instanceof Error)) return { name: typeof error, message: withoutArguments(String(error)) };
  const { name, message, stack, cause } = error;
  return {
    name,
    message: withoutArguments(message),
    ...(stack === undefined ? {} : { stack: withoutArguments(stack) }),
    ...factsOf(error),
    ...(cause === undefined || depthLeft === 0 ? {} : { cause: fieldsOf(cause, depthLeft - 1) }),
    ...(error instanceof AggregateError && depthLeft > 0
      ? { errors: error.errors.slice(0, ERRORS_MAX).map((own: unknown) => fieldsOf(own, depthLeft - 1)) }
      : {}),
  };
}

function factsOf(error: Error): Readonly<Record<string, unknown>> {
  const own = error as Error & Readonly<Record<string, unknown>>;
  const facts = SHOWN.filter((name) => isScalar(own[name])).map((name) => [name, own[name]]);
  const { fields } = own;
  return { ...Object.fromEntries(facts), ...(typeof fields === "object" && fields !== null ? { fields } : {}) };
}

function isScalar(value: unknown): boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}
