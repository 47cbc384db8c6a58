/** The topics of the cluster. */
import type { Admin } from "kafkajs";
import { StreamError } from "../errors.ts";

/**
 * Where no broker answers any more, the library's own listing takes apart a null, and throws a TypeError.
 * @throws StreamError BROKERS_UNAVAILABLE for that; other errors of the library as they are
 */
export async function listTopics(admin: Pick<Admin, "listTopics">): Promise<readonly string[]> {
  try {
    return await admin.listTopics();
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new StreamError("BROKERS_UNAVAILABLE", "no Kafka broker (TRILANE_KAFKA_BROKERS) named its topics", { cause });
  }
}
