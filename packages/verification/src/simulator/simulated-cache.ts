/**
 * The cache as one process reaches it: a decorator of the memory cache.
 *
 * A call is cut into scripts as the real adapter cuts it. The scripts of a call
 * arrive in order on one connection. Calls overtake each other freely, which is
 * more than one connection allows. A command does not run after its deadline,
 * and a process that got no answer cannot know whether it ran.
 */
import {
  type Cache,
  type CacheFailure,
  type CacheFence,
  type CacheFenceReply,
  type CacheFill,
  type CacheGetReply,
  type CacheHeal,
  type CacheLease,
  type CacheLeaseReply,
  type CachePublish,
  type CacheRaise,
  type CacheSettleReply,
  CoreError,
  chunked,
} from "@trilane/write-through";
import type { CacheServer } from "./cache-server.ts";
import { Call, type Network, travelUs } from "./network.ts";
import type { SimulatedProcess } from "./simulated-process.ts";

type Step = "probe" | "check" | "begin" | "get" | "fence" | "publish" | "raise" | "lease" | "fill" | "heal";
type Fate = "runs" | "slow" | "full" | "lost" | "reply lost" | "late" | "past its deadline" | "partitioned";

interface Script<Command, Reply> {
  readonly step: Step;
  readonly commands: readonly Command[];
  readonly keysOf: (commands: readonly Command[]) => readonly string[];
  readonly run: (commands: readonly Command[]) => Promise<readonly (Reply | CacheFailure)[]>;
}

/** Errors are made once, because a stack for each of them would take most of the simulation's time. */
const UNAVAILABLE: CacheFailure = failure("CACHE_UNAVAILABLE", "the cache gave no answer in time");
const FULL: CacheFailure = failure("CACHE_FULL", "the cache has no memory left");

const PARTITION_MS_MIN = 1;
const PARTITION_MS_MAX = 2_000;
/** The maximum time after its deadline at which a command arrives, as a factor of its budget. */
const PAST_DEADLINE_MAX = 3;

export class SimulatedCache implements Cache {
  readonly #network: Network;
  readonly #process: SimulatedProcess;
  readonly #server: CacheServer;
  #partitionedUntilUs = 0;

  constructor(network: Network, process: SimulatedProcess, server: CacheServer) {
    this.#network = network;
    this.#process = process;
    this.#server = server;
  }

  async probe(): Promise<CacheSettleReply> {
    const run = async (): Promise<readonly CacheSettleReply[]> => [await this.#server.cache.probe()];
    return first(await this.#call({ step: "probe", commands: [0], keysOf: noKeys, run }, 1));
  }

  async check(epoch: number): Promise<CacheSettleReply> {
    const run = async (): Promise<readonly CacheSettleReply[]> => [await this.#server.cache.check(epoch)];
    return first(await this.#call({ step: "check", commands: [epoch], keysOf: noKeys, run }, 1));
  }

  async begin(epoch: number): Promise<CacheSettleReply> {
    const run = async (): Promise<readonly CacheSettleReply[]> => [await this.#server.cache.begin(epoch)];
    return first(await this.#call({ step: "begin", commands: [epoch], keysOf: noKeys, run }, 1));
  }

  get(epoch: number, keys: readonly string[]): Promise<readonly CacheGetReply[]> {
    const run = (chunk: readonly string[]): Promise<readonly CacheGetReply[]> => this.#server.cache.get(epoch, chunk);
    return this.#call(
      { step: "get", commands: keys, keysOf: (chunk) => chunk, run },
      this.#network.configuration.keysPerGet,
    );
  }

  fence(epoch: number, commands: readonly CacheFence[]): Promise<readonly CacheFenceReply[]> {
    return this.#script("fence", commands, (chunk) => this.#server.cache.fence(epoch, chunk));
  }

  publish(epoch: number, commands: readonly CachePublish[]): Promise<readonly CacheSettleReply[]> {
    return this.#script("publish", commands, (chunk) => this.#server.cache.publish(epoch, chunk));
  }

  raise(epoch: number, commands: readonly CacheRaise[]): Promise<readonly CacheSettleReply[]> {
    return this.#script("raise", commands, (chunk) => this.#server.cache.raise(epoch, chunk));
  }

  lease(epoch: number, commands: readonly CacheLease[]): Promise<readonly CacheLeaseReply[]> {
    return this.#script("lease", commands, (chunk) => this.#server.lease(epoch, chunk));
  }

  fill(epoch: number, commands: readonly CacheFill[]): Promise<readonly CacheSettleReply[]> {
    return this.#script("fill", commands, (chunk) => this.#server.fill(epoch, chunk));
  }

  heal(epoch: number, commands: readonly CacheHeal[]): Promise<readonly CacheSettleReply[]> {
    return this.#script("heal", commands, (chunk) => this.#server.cache.heal(epoch, chunk));
  }

  #script<Command extends { readonly key: string }, Reply>(
    step: Step,
    commands: readonly Command[],
    run: Script<Command, Reply>["run"],
  ): Promise<readonly (Reply | CacheFailure)[]> {
    return this.#call({ step, commands, keysOf, run }, this.#network.configuration.keysPerScript);
  }

  #call<Command, Reply>(script: Script<Command, Reply>, size: number): Promise<readonly (Reply | CacheFailure)[]> {
    const { queue, configuration } = this.#network;
    const chunks = chunked(script.commands, size);
    const timeoutUs = this.#process.clocks.usAfter(configuration.cacheTimeoutMs);
    return new Promise((resolve) => {
      const fail = (part: number): readonly CacheFailure[] => (chunks[part] ?? []).map(() => UNAVAILABLE);
      const call = new Call<Reply | CacheFailure>(this.#network, {
        process: this.#process,
        parts: chunks.length,
        timeoutUs,
        fail,
        resolve,
      });
      let arrivesUs = queue.nowUs;
      let fate: Fate = "runs";
      chunks.forEach((commands, part) => {
        // A fault that breaks a connection breaks it for everything that follows on it.
        if (!isBroken(fate)) fate = this.#fate(script.step);
        arrivesUs = Math.max(arrivesUs, queue.nowUs + this.#travelUs());
        this.#send({ ...script, commands }, { call, part, fate, arrivesUs, timeoutUs });
      });
    });
  }

  #fate(step: Step): Fate {
    const { queue, faults, dice, answersPublish } = this.#network;
    if (step === "publish" && answersPublish) return "runs";
    if (queue.nowUs < this.#partitionedUntilUs) return "partitioned";
    if (faults.strikes("cache partition")) {
      this.#partitionedUntilUs = queue.nowUs + dice.logBetween(PARTITION_MS_MIN, PARTITION_MS_MAX) * 1_000;
      return "partitioned";
    }
    if (faults.strikes("cache command lost")) return "lost";
    if (faults.strikes("cache reply lost")) return "reply lost";
    if (faults.strikes("cache command late")) return "late";
    if (faults.strikes("cache command past its deadline")) return "past its deadline";
    if ((step === "lease" || step === "fill") && faults.strikes("cache full")) return "full";
    return faults.strikes("cache slow") ? "slow" : "runs";
  }

  #send<Command, Reply>(script: Script<Command, Reply>, sending: Sending<Reply>): void {
    const { queue, dice, faults, configuration } = this.#network;
    const { call, part, fate, arrivesUs, timeoutUs } = sending;
    const budgetUs = configuration.commandBudgetMs * 1_000;
    const deadlineUs = queue.nowUs + budgetUs;
    const replyUs = this.#travelUs();
    /** The client learns at once that a connection broke, or waits for its timeout. */
    const givesUpUs = dice.chance(0.5) ? Math.min(timeoutUs, queue.nowUs + replyUs) : timeoutUs;
    switch (fate) {
      case "partitioned":
        faults.fired("cache partition");
        call.fail(part, Math.min(timeoutUs, queue.nowUs + replyUs));
        return;
      case "lost":
        faults.fired("cache command lost");
        call.fail(part, givesUpUs);
        return;
      case "past its deadline":
        queue.at(deadlineUs + dice.between(1, budgetUs * PAST_DEADLINE_MAX), () => {
          faults.fired("cache command past its deadline");
        });
        call.fail(part, timeoutUs);
        return;
      case "reply lost":
        this.#execute(script, Math.min(arrivesUs, deadlineUs), () => faults.fired("cache reply lost"));
        call.fail(part, givesUpUs);
        return;
      case "late":
        this.#execute(script, dice.between(timeoutUs, deadlineUs), () => faults.fired("cache command late"));
        call.fail(part, givesUpUs);
        return;
      case "full":
        queue.at(arrivesUs, () => {
          faults.fired("cache full");
          call.reply(
            part,
            script.commands.map(() => FULL),
            queue.nowUs + replyUs,
          );
        });
        return;
      case "runs":
      case "slow": {
        const isSlow = fate === "slow";
        if (isSlow) faults.fired("cache slow");
        const runsUs = isSlow ? dice.between(arrivesUs, timeoutUs) : Math.min(arrivesUs, deadlineUs);
        this.#execute(script, runsUs, (replies) => call.reply(part, replies, queue.nowUs + replyUs));
      }
    }
  }

  #travelUs(): number {
    const { cacheTravelUsMax, cacheTimeoutMs } = this.#network.configuration;
    return travelUs(this.#network, { usMin: 0, usMax: cacheTravelUsMax, timeoutMs: cacheTimeoutMs });
  }

  #execute<Command, Reply>(
    script: Script<Command, Reply>,
    atUs: number,
    then: (replies: readonly (Reply | CacheFailure)[]) => void,
  ): void {
    this.#network.queue.at(atUs, () => {
      const keys = script.keysOf(script.commands);
      this.#server.loseAll();
      this.#server.evictSomeOf(keys);
      void script.run(script.commands).then(then);
      this.#network.onStep(script.step, this.#process, keys);
    });
  }
}

interface Sending<Reply> {
  readonly call: Call<Reply | CacheFailure>;
  readonly part: number;
  readonly fate: Fate;
  readonly arrivesUs: number;
  readonly timeoutUs: number;
}

function isBroken(fate: Fate): boolean {
  return fate === "lost" || fate === "reply lost" || fate === "partitioned" || fate === "past its deadline";
}

function keysOf(commands: readonly { readonly key: string }[]): readonly string[] {
  return commands.map(({ key }) => key);
}

function noKeys(): readonly string[] {
  return [];
}

function first(replies: readonly CacheSettleReply[]): CacheSettleReply {
  return replies[0] ?? UNAVAILABLE;
}

function failure(code: "CACHE_UNAVAILABLE" | "CACHE_FULL", message: string): CacheFailure {
  return { kind: "failed", error: new CoreError(code, message) };
}
