/**
 * Measures beside each other, in one run, on the same topic: this lane, and
 * kafkajs with a handler that does nothing. Prints a table and writes it to
 * docs/benchmarks. Needs the servers' addresses in the environment (`npm run
 * bench-stream` starts them).
 *
 *   node apps/stream-consumer/bench/main.ts [--messages N] [--rounds N] [--by-date] [--no-file]
 */
import { fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { loadSettings } from "@trilane/lane-kit";
import kafkajs from "kafkajs";
import { createTopics } from "../src/index.ts";
import type { ConsumerFigures } from "./consumer-process.ts";
import { flightMessages, ROUTES } from "./flight-messages.ts";

const PARTITIONS = 4;
const MESSAGES_PER_SEND = 10_000;
const REPORT = new URL("../../../docs/benchmarks/stream.md", import.meta.url);
const NAMES = { "by-hand": "kafkajs with a handler that does nothing", trilane: "Trilane" } as const;
type Name = keyof typeof NAMES;

const { values } = parseArgs({
  options: {
    messages: { type: "string", default: "502228" },
    rounds: { type: "string", default: "3" },
    "by-date": { type: "boolean", default: false },
    "no-file": { type: "boolean", default: false },
  },
});
const messages = Number(values.messages);
const rounds = Number(values.rounds);
const topic = `bench-${randomBytes(6).toString("hex")}`;

process.env["TRILANE_CONFIG"] ??= fileURLToPath(new URL("../../../trilane.config.ts", import.meta.url));
await fill();
const text = report(await measureInTurns());
process.stdout.write(text);
if (!values["no-file"]) writeFileSync(REPORT, text);

async function fill(): Promise<void> {
  const kafka = new kafkajs.Kafka({ brokers: [...loadSettings().kafkaBrokers], logLevel: kafkajs.logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  await createTopics(admin, [{ topic, numPartitions: PARTITIONS }]);
  await admin.disconnect();
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  for (let from = 0; from < messages; from += MESSAGES_PER_SEND) {
    const to = Math.min(messages, from + MESSAGES_PER_SEND);
    await producer.send({
      topic,
      messages: flightMessages(from, to, { count: messages, isByDate: values["by-date"] }),
    });
  }
  await producer.disconnect();
}

interface Row extends ConsumerFigures {
  readonly name: Name;
}

/** Each round runs both once; the first round warms up the servers. */
async function measureInTurns(): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    for (const name of ["by-hand", "trilane"] as const) {
      const figures = await measure(name);
      if (round > 0) rows.push({ ...figures, name });
      process.stderr.write(`${NAMES[name]}: ${JSON.stringify(figures)}\n`);
    }
  }
  return (["by-hand", "trilane"] as const).map((name) => medianOf(rows.filter((row) => row.name === name)));
}

/** Every run has a table of its own, so that all records are new. */
async function measure(name: Name): Promise<ConsumerFigures> {
  const child = fork(fileURLToPath(new URL("consumer-process.ts", import.meta.url)), [name, topic, String(messages)], {
    env: { ...process.env, TRILANE_TABLE: `bench-${randomBytes(6).toString("hex")}` },
  });
  const figures = once(child, "message") as Promise<[ConsumerFigures]>;
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`the consumer ended with code ${String(code)} and told no figures`);
  });
  const [result] = await Promise.race([figures, ended]);
  await ended.catch(() => undefined);
  return result;
}

/** Takes the median of each figure by itself. */
function medianOf(rows: readonly Row[]): Row {
  const [first] = rows;
  if (first === undefined) throw new RangeError("no rounds were counted: give --rounds 1 or more");
  const middle = (figure: (row: Row) => number): number =>
    rows.map(figure).toSorted((a, b) => a - b)[Math.floor(rows.length / 2)] ?? Number.NaN;
  return {
    name: first.name,
    perSecond: middle((row) => row.perSecond),
    cpuUs: middle((row) => row.cpuUs),
    applied: middle((row) => row.applied),
    delayP99Ms: middle((row) => row.delayP99Ms),
    delayMaxMs: middle((row) => row.delayMaxMs),
    computingMaxMs: middle((row) => row.computingMaxMs),
  };
}

function report(rows: readonly Row[]): string {
  const [base] = rows;
  const lines = rows.map((row) => {
    const cells = [
      NAMES[row.name],
      whole(row.perSecond),
      `${(row.perSecond / (base?.perSecond ?? row.perSecond)).toFixed(2)}×`,
      `${row.cpuUs.toFixed(1)} µs`,
      row.name === "trilane" ? whole(row.applied) : "",
      `${row.delayP99Ms.toFixed(0)} ms`,
      `${row.delayMaxMs.toFixed(0)} ms`,
      `${row.computingMaxMs.toFixed(0)} ms`,
    ];
    return `| ${cells.join(" | ")} |\n`;
  });
  return `# A topic beside a consumer that does nothing

Made by \`npm run bench-stream -- --messages ${messages} --rounds ${rounds}\`: the median of ${rounds} rounds after a warm-up,
both in turn in every round, on the same topic of ${PARTITIONS} partitions, with default settings, each in a process of its own.
${whole(messages)} JSON messages ${values["by-date"] ? "in the order of their event times" : "in a shuffled order"}, on ${whole(ROUTES)} keys. Counted from the first slice to the last
commit. Machine: ${cpus().length} × ${cpus()[0]?.model.trim() ?? "unknown"}, Node.js ${process.version}; all servers share it, DynamoDB Local first of all. Its load average at the end was ${(loadavg()[0] ?? Number.NaN).toFixed(0)}; a
machine with other work gives rates and CPU that are too low and too high. There the loop is also delayed because its
thread gets no core; the last column has the most CPU time that the thread used between two turns.

| consumer | messages/s | ratio | CPU of a message | writes of the store | event loop delayed, p99 | at most | of computing at most |
|---|---:|---:|---:|---:|---:|---:|---:|
${lines.join("")}`;
}

function whole(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}
