/** Gives work to the lanes and asks the API, each at a steady rate. */
import type { JobQueue } from "@trilane/job-worker";
import type { Kafka, Producer } from "kafkajs";
import { paced } from "./paced.ts";

export interface Route {
  readonly origin: string;
  readonly destination: string;
}

export interface SoakRates {
  readonly messagesPerSecond: number;
  readonly jobsPerSecond: number;
  /** Requests, each of several keys. */
  readonly readsPerSecond: number;
}

/** The numbers so far. */
export interface GivenWork {
  messages: number;
  jobs: number;
  reads: number;
  failedReads: number;
  readonly readMs: number[];
}

export interface SteadyWork {
  readonly kafka: Kafka;
  readonly topic: string;
  readonly queue: JobQueue;
  readonly api: () => string | null;
  readonly routes: readonly Route[];
  readonly rates: SoakRates;
  readonly signal: AbortSignal;
  readonly given: GivenWork;
}

const SENDS_PER_SECOND = 10;
const KEYS_OF_READ = 25;
const MS_PER_SECOND = 1_000;
const READ_MS_MAX = 10_000;
const READS_KEPT_MAX = 100_000;
/** Few routes get most of the records. */
const SKEW = 2;
/** Odd, so that every route has its turn. */
const STRIDE = 7_919;

/** Resolves after the signal. @throws where a message or a job is not taken */
export async function workSteadily(options: SteadyWork): Promise<void> {
  const { kafka, rates, signal } = options;
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  try {
    await Promise.all([
      paced({ everyMs: MS_PER_SECOND / SENDS_PER_SECOND, signal, work: () => sendMessages(producer, options) }),
      paced({ everyMs: MS_PER_SECOND / rates.jobsPerSecond, signal, work: () => enqueueJob(options) }),
      paced({ everyMs: MS_PER_SECOND / rates.readsPerSecond, signal, work: (number) => read(options, number) }),
    ]);
  } finally {
    await producer.disconnect();
  }
}

async function sendMessages(producer: Producer, { topic, routes, rates, given }: SteadyWork): Promise<void> {
  const count = Math.max(1, Math.round(rates.messagesPerSecond / SENDS_PER_SECOND));
  const messages = Array.from({ length: count }, (_, index) => {
    const route = routeOf(routes, given.messages + index);
    return { key: `${route.origin}-${route.destination}`, value: JSON.stringify(flightOf(route)) };
  });
  await producer.send({ topic, messages });
  given.messages += count;
}

async function enqueueJob({ queue, routes, given }: SteadyWork): Promise<void> {
  const records = [flightOf(routeOf(routes, given.jobs))];
  await queue.enqueue({ name: "put", data: { group: "routes", records } });
  given.jobs += 1;
}

async function read({ api, routes, given }: SteadyWork, number: number): Promise<void> {
  const address = api();
  if (address === null) return;
  const keys = Array.from({ length: KEYS_OF_READ }, (_, index) => routeOf(routes, number * KEYS_OF_READ + index));
  const beganMs = performance.now();
  const isAnswered = await fetch(`${address}/v1/features/routes/batch`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ keys }),
    signal: AbortSignal.timeout(READ_MS_MAX),
  }).then(
    async (response) => (await response.text()) !== "" && response.status === 200,
    () => false,
  );
  given.reads += 1;
  if (!isAnswered) given.failedReads += 1;
  else if (given.readMs.length < READS_KEPT_MAX) given.readMs.push(performance.now() - beganMs);
}

function routeOf(routes: readonly Route[], number: number): Route {
  const share = ((number * STRIDE) % routes.length) / routes.length;
  const route = routes[Math.floor(routes.length * share ** SKEW)];
  if (route === undefined) throw new RangeError("there are no routes");
  return route;
}

/** Of this moment, so that the newest record of a route wins. */
function flightOf(route: Route): object {
  return { ...route, date: new Date().toISOString(), delay: Date.now() % 200, distance: 100 };
}
