/**
 * Lets a new consumer group go on where a former group was: the former group's
 * offsets are copied before the first member joins. Partitions that have
 * offsets keep them, so nothing changes from the second start on.
 *
 * A crash in between leaves some partitions without offsets; the next start
 * continues.
 */
import { causesOf, type Platform } from "@trilane/lane-kit";
import { systemClock } from "@trilane/write-through";
import type { Admin } from "kafkajs";

export interface AdoptOptions {
  readonly groupId: string;
  readonly formerGroupId: string;
  readonly topics: readonly string[];
  readonly logger: Platform["logger"];
}

interface PartitionOffset {
  readonly partition: number;
  readonly offset: string;
}

/**
 * Another process of the new group may do the same, or may have joined, so its offsets are read again before each
 * attempt.
 */
const ATTEMPTS_MAX = 10;
const PAUSE_MS = 1_000;

/** `admin` must be connected. */
export async function adoptOffsets(admin: Admin, { topics, logger, ...groups }: AdoptOptions): Promise<void> {
  for (const topic of topics) {
    const adopted = await adoptTopic(admin, { topic, ...groups });
    if (adopted === "refused") {
      // The right to look at it is needed for the first start after an upgrade alone.
      logger.info(groups, "the brokers refuse to tell the former group's offsets, so there are none to go on from");
      return;
    }
    if (adopted > 0) logger.info({ topic, partitions: adopted, ...groups }, "goes on from the former group's offsets");
  }
}

type TopicToAdopt = Pick<AdoptOptions, "groupId" | "formerGroupId"> & { readonly topic: string };

/** Returns the number of partitions that got an offset; `refused` where the former group may not be looked at. */
async function adoptTopic(admin: Admin, adopting: TopicToAdopt): Promise<number | "refused"> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await adoptOnce(admin, adopting);
    } catch (error) {
      // A broker that was just started loads its groups first.
      if (attempt === ATTEMPTS_MAX) throw error;
      await systemClock.sleep(PAUSE_MS);
    }
  }
}

async function adoptOnce(admin: Admin, { topic, groupId, formerGroupId }: TopicToAdopt): Promise<number | "refused"> {
  const missing = new Set((await offsetsOf(admin, groupId, topic)).filter(isAbsent).map(({ partition }) => partition));
  if (missing.size === 0) return 0;
  const former = await offsetsOf(admin, formerGroupId, topic).catch(refusedOrThrow);
  if (former === "refused") return former;
  const partitions = former.filter((own) => missing.has(own.partition) && !isAbsent(own));
  if (partitions.length > 0) await admin.setOffsets({ groupId, topic, partitions });
  return partitions.length;
}

async function offsetsOf(admin: Admin, groupId: string, topic: string): Promise<PartitionOffset[]> {
  const [own] = await admin.fetchOffsets({ groupId, topics: [topic] });
  return (own?.partitions ?? []).map(({ partition, offset }) => ({ partition, offset }));
}

/**
 * The client's search for a coordinator hides why the brokers refuse it. The new group's was found just before, so this
 * is a missing right; were it an outage, the group would read from the start, which changes nothing but the receipts.
 * @throws the error, where the brokers did not refuse
 */
function refusedOrThrow(error: unknown): "refused" {
  if (causesOf(error).some(({ name }) => name === "KafkaJSGroupCoordinatorNotFound")) return "refused";
  throw error;
}

/** -1: the group has never committed here. */
function isAbsent({ offset }: PartitionOffset): boolean {
  return BigInt(offset) < 0n;
}
