/**
 * Brokers that answered when the lane began to start may go away before it has
 * started. The client gives up after its retries, with an error that says
 * nothing of another try, so it is told here: a supervisor starts the lane again.
 */
import { causesOf } from "@trilane/lane-kit";
import { messageOf } from "@trilane/write-through";
import kafkajs from "kafkajs";
import { StreamError } from "../errors.ts";

/** @throws StreamError BROKERS_UNAVAILABLE where the retries of the client were used up; other errors as they are */
export async function reachingBrokers<Value>(work: Promise<Value>): Promise<Value> {
  try {
    return await work;
  } catch (cause) {
    if (!causesOf(cause).some(isLostConnection)) throw cause;
    const brokers = "the Kafka brokers (TRILANE_KAFKA_BROKERS)";
    throw new StreamError("BROKERS_UNAVAILABLE", `${brokers} went away while the lane started: ${messageOf(cause)}`, {
      cause,
    });
  }
}

/** The answer of a broker tells of another fault, such as a topic that is missing. */
function isLostConnection(error: Error): boolean {
  const { KafkaJSError, KafkaJSProtocolError } = kafkajs;
  return error instanceof KafkaJSError && error.retriable && !(error instanceof KafkaJSProtocolError);
}
