/**
 * Dead letters in Kafka: each table has a topic of its own beside each topic. A
 * missing one is created, with room for the largest record and a long retention.
 */
import type { Platform } from "@trilane/lane-kit";
import { messageOf } from "@trilane/write-through";
import kafkajs from "kafkajs";
import type { Admin, IHeaders, Kafka, Message, Producer } from "kafkajs";
import {
  bytesOf,
  deadLetterMessage,
  type DeadLetterSink,
  type DeadMessage,
  deadTopicOf,
  LETTER_PARTS,
  type LetterHeaders,
  type LetterPart,
  type TableLetter,
} from "../dead-letters.ts";
import { StreamError } from "../errors.ts";
import { createTopics } from "./create-topics.ts";
import { listTopics } from "./list-topics.ts";

const MS_PER_DAY = 86_400_000;
const RETENTION_MS: number = 30 * MS_PER_DAY;
const MESSAGE_BYTES_MAX: number = 16 * 1_024 * 1_024;
/** The maximum bytes of one request; a single larger letter goes alone. */
const REQUEST_BYTES_MAX = 512 * 1_024;
const ALL_REPLICAS = -1;
const BROKER_DEFAULT = -1;
const TOO_LARGE: ReadonlySet<string> = new Set(["MESSAGE_TOO_LARGE", "RECORD_LIST_TOO_LARGE"]);

export class KafkaDeadLetters implements DeadLetterSink {
  readonly #admin: Admin;
  readonly #producer: Producer;
  readonly #logger: Platform["logger"];
  readonly #table: string;

  constructor(kafka: Kafka, { logger, table }: { readonly logger: Platform["logger"]; readonly table: string }) {
    this.#table = table;
    this.#admin = kafka.admin();
    this.#producer = kafka.producer({
      allowAutoTopicCreation: false,
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    });
    this.#logger = logger;
  }

  /** Connects, and creates the missing dead-letter topics. */
  async open(topics: readonly string[]): Promise<void> {
    await this.#admin.connect();
    try {
      const existing = new Set(await listTopics(this.#admin));
      const missing = topics.map((topic) => deadTopicOf(topic, this.#table)).filter((topic) => !existing.has(topic));
      if (missing.length > 0) await this.#create(missing);
    } finally {
      await this.#admin.disconnect();
    }
    await this.#producer.connect();
  }

  async send(letters: readonly DeadMessage[]): Promise<void> {
    try {
      for (const request of requestsOf(letters)) await this.#send(request);
    } catch (cause) {
      throw new StreamError(
        "DEAD_LETTERS_FAILED",
        `${letters.length} dead letters were not kept: ${messageOf(cause)}`,
        {
          cause,
        },
      );
    }
  }

  async close(): Promise<void> {
    await this.#producer.disconnect();
  }

  async #create(topics: readonly string[]): Promise<void> {
    await createTopics(
      this.#admin,
      topics.map((topic) => ({
        topic,
        numPartitions: 1,
        replicationFactor: BROKER_DEFAULT,
        configEntries: [
          { name: "retention.ms", value: String(RETENTION_MS) },
          { name: "max.message.bytes", value: String(MESSAGE_BYTES_MAX) },
        ],
      })),
    );
    this.#logger.info({ topics }, "made dead-letter topics");
  }

  async #send(letters: readonly DeadMessage[]): Promise<void> {
    try {
      await this.#produce(letters);
    } catch (error) {
      if (!isTooLarge(error)) throw error;
      const [letter, ...rest] = letters;
      if (letter === undefined) throw error;
      // One of them does not fit its topic, so each goes by itself.
      if (rest.length > 0) for (const one of letters) await this.#send([one]);
      else await this.#sendWithout(letter, LETTER_PARTS.slice(0, 1));
    }
  }

  /**
   * The parts that are left out stay in their topic until its retention; the letter says where, and how large they
   * were.
   */
  async #sendWithout(letter: DeadMessage, omitted: readonly LetterPart[]): Promise<void> {
    try {
      await this.#produce([letter], omitted);
    } catch (error) {
      if (!isTooLarge(error) || omitted.length === LETTER_PARTS.length) throw error;
      return await this.#sendWithout(letter, LETTER_PARTS.slice(0, omitted.length + 1));
    }
    const { topic, partition } = letter.place;
    const bytes = omitted.reduce((sum, part) => sum + bytesOf(letter.input, part), 0);
    const fields = { topic, partition, offset: String(letter.input.offset), omitted, bytes };
    this.#logger.error(fields, `dead letter kept without ${omitted.join(", ")}`);
  }

  async #produce(letters: readonly DeadMessage[], omitted: readonly LetterPart[] = []): Promise<void> {
    const byTopic = Map.groupBy(letters, ({ place }) => deadTopicOf(place.topic, this.#table));
    await this.#producer.sendBatch({
      acks: ALL_REPLICAS,
      topicMessages: [...byTopic].map(([topic, own]) => ({
        topic,
        messages: own.map((letter) => kafkaMessageOf({ ...letter, table: this.#table }, omitted)),
      })),
    });
  }
}

function kafkaMessageOf(letter: TableLetter, omitted: readonly LetterPart[]): Message {
  const { key, value, headers } = deadLetterMessage(letter, omitted);
  return { key: nullable(key), value: nullable(value), headers: headersOf(headers) };
}

function headersOf(headers: LetterHeaders): IHeaders {
  const own = Object.entries(headers).map(([name, value]) => {
    if (typeof value === "string") return [name, value] as const;
    return [name, value instanceof Uint8Array ? bufferOf(value) : value.map(bufferOf)] as const;
  });
  return Object.fromEntries(own);
}

function nullable(bytes: Uint8Array | null): Buffer | null {
  return bytes === null ? null : bufferOf(bytes);
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function requestsOf(letters: readonly DeadMessage[]): readonly (readonly DeadMessage[])[] {
  const requests: DeadMessage[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const letter of letters) {
    const own = LETTER_PARTS.reduce((sum, part) => sum + bytesOf(letter.input, part), letter.detail.length);
    if (bytes + own > REQUEST_BYTES_MAX) {
      requests.push([]);
      bytes = 0;
    }
    requests.at(-1)?.push(letter);
    bytes += own;
  }
  return requests;
}

function isTooLarge(error: unknown): boolean {
  for (let next = error; next instanceof Error; next = next.cause) {
    if (next instanceof kafkajs.KafkaJSProtocolError && TOO_LARGE.has(next.type)) return true;
  }
  return false;
}
