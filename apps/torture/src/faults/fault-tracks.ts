/**
 * The faults of a run, as tracks that run at the same time. Each track draws
 * its next fault from a seed:
 *
 * - links: delay, stall, half-open, cut, lost replies between one client and
 *   one server; a throttling store;
 * - processes: kill -9 and SIGSTOP of lanes, readers and the API;
 * - servers: kill -9 with a restart on their data, SIGSTOP;
 * - cache: SCRIPT FLUSH, and a memory limit below the present use;
 * - group: a second consumer that joins and leaves;
 * - clocks: steps of one process's wall clock; where the cache is lost, of
 *   several at once when an epoch begins;
 * - edges: faults of topics, files, jobs and operators, in a run that asks for
 *   them.
 *
 * The losses of the cache are a track of their own, which replaces the tracks
 * of the servers and the cache and one of the links' tracks.
 */
import { setTimeout as delay } from "node:timers/promises";
import { type ServerHandle, ServersError } from "@trilane/servers";
import type { LinkFault } from "@trilane/verification/faults";
import type { Random, CacheEpochStore } from "@trilane/write-through";
import { seededRandom } from "@trilane/write-through/testing";
import type { SupervisedProcess } from "../supervised-process.ts";
import type { Link, ServerName, TortureServers } from "../torture-servers.ts";
import type { CacheLossFaults, CacheLossKind } from "./cache-loss.ts";
import type { CacheFaults } from "./cache-faults.ts";
import { CLOCK_STEP_KINDS, clockSteps, STEP_AT_CHANGE } from "./clock-steps.ts";
import { Deck } from "./deck.ts";
import { type EdgeFault, edgeTrack } from "./edge-fault.ts";
import type { FaultLog } from "./fault-log.ts";

export interface FaultSetting {
  readonly servers: TortureServers;
  /** The processes that may be killed and paused at the moment. */
  readonly processes: () => readonly SupervisedProcess[];
  /** Null in a run that loses the cache. */
  readonly cacheFaults: CacheFaults | null;
  /** Null in a run that does not lose the cache. */
  readonly cacheLoss: CacheLossFaults | null;
  /** The cache switched off and on by hand, among its losses. */
  readonly operated: CacheLossKind;
  readonly cacheEpochs: CacheEpochStore;
  /**
   * The loss of the cache and no other fault; or steps of clocks, with the faults that make them matter: a cache that
   * is switched by hand, and processes that end and begin. Null: all faults.
   */
  readonly alone: "cache-loss" | "clock-steps" | null;
  /** Empty in a run without faults at the edges. */
  readonly edges: readonly (readonly EdgeFault[])[];
  /** Whether the processes' clocks can be moved. */
  readonly movesClocks: boolean;
  /** Starts another consumer of the same group. */
  readonly startConsumer: () => SupervisedProcess;
  readonly log: FaultLog;
  readonly seed: number;
}

/** Milliseconds, from and to. */
type Range = readonly [from: number, to: number];

const LINK_FAULT_MS: Range = [200, 2_500];
const LINK_REST_MS: Range = [100, 900];
const DELAY_MS: Range = [20, 600];
const PROCESS_REST_MS: Range = [1_500, 4_000];
const PROCESS_PAUSE_MS: Range = [300, 4_000];
const SERVER_REST_MS: Range = [4_000, 9_000];
const SERVER_PAUSE_MS: Range = [300, 4_500];
const CACHE_REST_MS: Range = [1_500, 4_000];
/** Some pauses are long enough for the cache to be on again, and some are not. */
const LOSS_REST_MS: Range = [2_000, 14_000];
/** Time for the cache to be on again, and to hold something. */
const OPERATED_REST_MS: Range = [5_000, 8_000];
const GROUP_REST_MS: Range = [6_000, 12_000];
const GROUP_STAY_MS: Range = [5_000, 9_000];
const CLOCK_REST_MS: Range = [200, 1_500];
/** Long enough for leases and waits to end in it, and for records to be judged by the wrong time. */
const CLOCK_STAY_MS: Range = [500, 6_000];
const CLOCK_AT_CHANGE_STAY_MS: Range = [1_000, 3_500];
/**
 * A little more than a lease, again and again: one of the steps comes when the process has learned of the change and
 * has not written yet.
 */
const CLOCK_AT_CHANGE_STEP_MS: Range = [6_200, 9_000];
const CLOCK_AT_CHANGE_STEPS = 14;
const CLOCK_AT_CHANGE_EVERY_MS = 120;
/** The share of processes whose clocks are set when the cache epoch changes. */
const CLOCK_AT_CHANGE_SHARE = 0.5;
const CACHE_EPOCH_POLL_MS = 30;
const KILLED_SERVERS: readonly ServerName[] = ["kafka", "dynamodb", "s3", "queue"];
const PAUSED_SERVERS: readonly ServerName[] = [...KILLED_SERVERS, "cache"];

/** All kinds of faults of a run except steps of clocks, so that a kind that never had an effect shows. */
export const FAULT_KINDS: readonly string[] = [
  ...["delay", "stall", "half-open", "cut", "drop-replies", "throttle"].map((kind) => `link ${kind}`),
  "process kill -9",
  "process SIGSTOP",
  ...KILLED_SERVERS.map((name) => `server ${name} kill -9`),
  ...PAUSED_SERVERS.map((name) => `server ${name} SIGSTOP`),
  "cache SCRIPT FLUSH",
  "cache eviction",
  "group rebalance",
];

/** Runs until the signal fires; every fault is over and every server is up when it resolves. */
export async function runFaults(setting: FaultSetting, signal: AbortSignal): Promise<void> {
  setting.log.expect(expectedKinds(setting));
  const tracks = tracksOf(setting);
  await Promise.all(tracks.map((track, index) => track(setting, seededRandom(setting.seed * 31 + index), signal)));
}

function expectedKinds(setting: FaultSetting): readonly string[] {
  const { alone, cacheLoss, movesClocks } = setting;
  const lossKinds = lossKindsOf(setting).map(({ name }) => name);
  const clockKinds = movesClocks ? CLOCK_STEP_KINDS : [];
  if (alone === "cache-loss") return lossKinds;
  const atChange = movesClocks ? [STEP_AT_CHANGE] : [];
  if (alone === "clock-steps") return [setting.operated.name, ...clockKinds, ...atChange];
  const edgeKinds = setting.edges.flat().map(({ kind }) => kind);
  if (cacheLoss === null) return [...FAULT_KINDS, ...clockKinds, ...edgeKinds];
  return [...lossKinds, ...clockKinds, ...atChange];
}

function lossKindsOf({ alone, cacheLoss, operated }: FaultSetting): readonly CacheLossKind[] {
  if (cacheLoss === null) return [];
  return alone === "cache-loss" ? cacheLoss.kinds() : [...cacheLoss.kinds(), operated];
}

function tracksOf(setting: FaultSetting): readonly Track[] {
  const { alone, cacheFaults, cacheLoss, movesClocks } = setting;
  const lossTracks = cacheLoss === null ? [] : [cacheLossTrack(lossKindsOf(setting), LOSS_REST_MS)];
  // There are two tracks, so that the clocks of two processes are wrong at once.
  const clockTracks = movesClocks ? [clockTrack, clockTrack] : [];
  const atChangeTracks = movesClocks ? [clockAtChangeTrack] : [];
  if (alone === "cache-loss") return lossTracks;
  if (alone === "clock-steps") {
    return [cacheLossTrack([setting.operated], OPERATED_REST_MS), processTrack, ...clockTracks, ...atChangeTracks];
  }
  return [
    linkTrack,
    processTrack,
    groupTrack,
    ...(cacheLoss === null ? [linkTrack, serverTrack] : lossTracks),
    ...(cacheFaults === null ? [] : [cacheTrack(cacheFaults)]),
    ...clockTracks,
    ...(cacheLoss === null ? [] : atChangeTracks),
    ...setting.edges.map(
      (edges): Track =>
        ({ log }, random, signal) =>
          edgeTrack(edges, log, random, signal),
    ),
  ];
}

/** 8 Mbit/s. */
const NARROW_BYTES_PER_SECOND = 1_000_000;

type Track = (setting: FaultSetting, random: Random, signal: AbortSignal) => Promise<void>;

function linkFaultOf(kind: LinkFault["kind"], random: Random): LinkFault {
  if (kind === "delay") return { kind, ms: within(random, DELAY_MS) };
  return kind === "narrow" ? { kind, bytesPerSecond: NARROW_BYTES_PER_SECOND } : { kind };
}

const linkTrack: Track = async ({ servers, log }, random, signal) => {
  const kinds = new Deck<LinkFault["kind"]>(
    ["delay", "narrow", "stall", "half-open", "cut", "drop-replies", "throttle", "delay", "drop-replies"],
    random,
  );
  const links = new Deck<Link>(
    servers.links.filter(({ client }) => client !== "conductor"),
    random,
  );
  const stores = new Deck<Link>(
    servers.links.filter(({ server }) => server === "dynamodb"),
    random,
  );
  while (!signal.aborted) {
    const kind = kinds.draw();
    const { client, server, proxy } = kind === "throttle" ? stores.draw() : links.draw();
    const before = proxy.fired[kind];
    proxy.apply(linkFaultOf(kind, random));
    await rest(random, LINK_FAULT_MS, signal);
    proxy.apply(null);
    log.record(`link ${kind}`, `${client} and ${server}`, proxy.fired[kind] - before);
    await rest(random, LINK_REST_MS, signal);
  }
};

const processTrack: Track = async ({ processes, log }, random, signal) => {
  const kinds = new Deck<"kill" | "pause">(["kill", "pause"], random);
  while (!signal.aborted) {
    await rest(random, PROCESS_REST_MS, signal);
    const running = processes();
    const target = running[Math.floor(random() * running.length)];
    if (target === undefined || signal.aborted) continue;
    if (kinds.draw() === "kill") {
      log.record("process kill -9", target.name, Number(target.kill()));
    } else {
      log.record("process SIGSTOP", target.name, Number(await target.pause(within(random, PROCESS_PAUSE_MS))));
    }
  }
};

const serverTrack: Track = async ({ servers, log }, random, signal) => {
  const faults = new Deck<{ readonly name: ServerName; readonly kind: "kill" | "pause" }>(
    [
      ...KILLED_SERVERS.map((name) => ({ name, kind: "kill" }) as const),
      ...PAUSED_SERVERS.map((name) => ({ name, kind: "pause" }) as const),
    ],
    random,
  );
  while (!signal.aborted) {
    await rest(random, SERVER_REST_MS, signal);
    if (signal.aborted) break;
    const { name, kind } = faults.draw();
    const server: ServerHandle = servers.servers[name];
    if (kind === "kill") {
      await server.kill("SIGKILL");
      await restartWithData(server);
      log.record(`server ${name} kill -9`, "restarted with its data", 1);
    } else {
      await server.kill("SIGSTOP");
      await delay(within(random, SERVER_PAUSE_MS));
      await server.kill("SIGCONT");
      log.record(`server ${name} SIGSTOP`, "goes on", 1);
    }
  }
};

/** A machine that has no time for it may not bring a server up within its limit; the next attempt counts. */
async function restartWithData(server: ServerHandle): Promise<void> {
  try {
    await server.restart({ keepData: true });
  } catch (error) {
    if (!(error instanceof ServersError) || error.code !== "not-ready") throw error;
    await server.kill("SIGKILL");
    await server.restart({ keepData: true });
  }
}

function cacheTrack(cacheFaults: CacheFaults): Track {
  return async ({ log }, random, signal) => {
    const kinds = new Deck<"scripts" | "memory">(["scripts", "memory"], random);
    while (!signal.aborted) {
      await rest(random, CACHE_REST_MS, signal);
      if (signal.aborted) break;
      if (kinds.draw() === "scripts") log.record("cache SCRIPT FLUSH", "", await cacheFaults.flushScripts());
      else log.record("cache eviction", "keys evicted", await cacheFaults.squeezeMemory());
    }
  };
}

function cacheLossTrack(losses: readonly CacheLossKind[], restMs: Range): Track {
  return async ({ log }, random, signal) => {
    const kinds = new Deck(losses, random);
    while (!signal.aborted) {
      await rest(random, restMs, signal);
      if (signal.aborted) break;
      const { name, run } = kinds.draw();
      log.begin(name);
      log.record(name, await run(), 1);
    }
  };
}

const groupTrack: Track = async ({ startConsumer, log }, random, signal) => {
  while (!signal.aborted) {
    await rest(random, GROUP_REST_MS, signal);
    if (signal.aborted) break;
    const consumer = startConsumer();
    await rest(random, GROUP_STAY_MS, signal);
    await consumer.stop();
    log.record("group rebalance", "a consumer joined and left", 2);
  }
};

/** A step counts only if the process itself has seen it. When the signal fires every clock shows the true time. */
const clockTrack: Track = async ({ processes, log }, random, signal) => {
  const steps = new Deck(clockSteps(), random);
  while (!signal.aborted) {
    await rest(random, CLOCK_REST_MS, signal);
    const right = processes().filter(({ clock }) => clock?.offsetMs === 0);
    const target = right[Math.floor(random() * right.length)];
    if (target === undefined || target.clock === null || signal.aborted) continue;
    const { name, offsetMs } = steps.draw()(random);
    target.clock.step(offsetMs);
    await rest(random, CLOCK_STAY_MS, signal);
    const isSeen = target.clock.isSeen();
    target.clock.step(0);
    log.record(name, `${target.name} by ${offsetMs} ms`, Number(isSeen));
  }
};

/**
 * Several clocks go forward while an epoch begins. A step that comes after its process has learned of the change, and
 * before others have, reveals a wait that is too short.
 */
const clockAtChangeTrack: Track = async ({ processes, cacheEpochs, log }, random, signal) => {
  let known = (await cacheEpochs.readCacheEpoch()).record?.epoch;
  while (!signal.aborted) {
    await delay(CACHE_EPOCH_POLL_MS, undefined, { signal }).catch(() => undefined);
    const epoch = (await cacheEpochs.readCacheEpoch().catch(() => null))?.record?.epoch;
    if (epoch === undefined || epoch === known) continue;
    known = epoch;
    const clocks = processes().flatMap(({ clock }) =>
      clock?.offsetMs === 0 && random() < CLOCK_AT_CHANGE_SHARE ? [clock] : [],
    );
    const offsetMs = within(random, CLOCK_AT_CHANGE_STEP_MS);
    for (let step = 1; step <= CLOCK_AT_CHANGE_STEPS; step += 1) {
      for (const clock of clocks) clock.step(offsetMs * step);
      await delay(CLOCK_AT_CHANGE_EVERY_MS);
    }
    await rest(random, CLOCK_AT_CHANGE_STAY_MS, signal);
    const seen = clocks.filter((clock) => clock.isSeen()).length;
    for (const clock of clocks) clock.step(0);
    const times = `${CLOCK_AT_CHANGE_STEPS} times`;
    log.record(STEP_AT_CHANGE, `${clocks.length} clocks ${times} by ${offsetMs} ms, epoch ${epoch}`, seen);
  }
};

/** Ends early when the signal fires. */
async function rest(random: Random, range: Range, signal: AbortSignal): Promise<void> {
  await delay(within(random, range), undefined, { signal }).catch(() => undefined);
}

function within(random: Random, [from, to]: Range): number {
  return Math.round(from + (to - from) * random());
}
