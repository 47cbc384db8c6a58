/**
 * The part of the lanes outside of any process: the memory of a broker, a queue
 * or a list of checkpoints. Each lane has sequences of tasks. The process that
 * has the sequence works on a task until it is acknowledged, and then on the
 * next one. Tasks that a process had not acknowledged when it died are
 * delivered to the next process, sometimes together with the task that it had
 * acknowledged last.
 */
import { type Lane, type Receipt, sendUntilSettled, type WriteRecord } from "@trilane/write-through";
import type { Configuration } from "./configuration.ts";
import type { Dice } from "./dice.ts";
import type { EventQueue } from "./event-queue.ts";
import type { Faults } from "./faults.ts";
import type { Fleet, Member } from "./fleet.ts";
import { realMs } from "./machine-clocks.ts";
import { markOf } from "./persons.ts";
import type { Delivery, Ledger } from "./ledger.ts";
import type { Task, Workload } from "./workload.ts";

interface Sequence {
  readonly lane: Lane;
  readonly member: Member;
  current: Task | null;
  acknowledged: Task | null;
  isFinished: boolean;
}

export interface LaneTrafficParts {
  readonly configuration: Configuration;
  readonly queue: EventQueue;
  readonly dice: Dice;
  readonly faults: Faults;
  readonly fleet: Fleet;
  readonly ledger: Ledger;
  readonly workload: Workload;
  /** From now on no read may give an older version of these keys. */
  readonly onAcknowledged: (keys: readonly string[]) => void;
}

const REDELIVERY_MS_MAX = 200;
const ABORT_MS_MAX = 100;
/** The probability that a crash loses the last acknowledgement, too. */
const LOST_ACKNOWLEDGEMENT_SHARE = 0.4;
/** The probability that a stopped process is treated as dead, and its work is given to another. */
const TAKE_OVER_SHARE = 0.7;

export class LaneTraffic {
  readonly #parts: LaneTrafficParts;
  readonly #sequences: Sequence[] = [];
  readonly #delivered = new Map<Lane, number>();

  constructor(parts: LaneTrafficParts) {
    this.#parts = parts;
  }

  get isFinished(): boolean {
    return this.#sequences.every((sequence) => sequence.isFinished);
  }

  /** Spreads the lane's sequences over its processes, which are ready. */
  begin(lane: Lane): void {
    const { fleet, configuration } = this.#parts;
    const members = fleet.members.filter(({ role }) => role === lane);
    for (let index = 0; index < configuration.lanes[lane].sequences; index++) {
      const member = members[index % members.length];
      if (member === undefined) continue;
      const sequence: Sequence = { lane, member, current: null, acknowledged: null, isFinished: false };
      this.#sequences.push(sequence);
      void this.#run(sequence);
    }
  }

  /** A new process has taken the place of one that died. */
  takeOver(member: Member): void {
    const { dice, faults } = this.#parts;
    for (const sequence of this.#sequencesOf(member)) {
      if (sequence.acknowledged !== null && dice.chance(LOST_ACKNOWLEDGEMENT_SHARE)) {
        faults.fired("duplicate delivery");
        void this.#deliver(member, sequence.acknowledged);
      }
      if (!sequence.isFinished) void this.#run(sequence);
    }
  }

  /** A process stands still. Its broker may give the process's work to another, and then both go on. */
  onPause(member: Member): void {
    const { dice } = this.#parts;
    for (const { current } of this.#sequencesOf(member)) {
      if (current !== null && dice.chance(TAKE_OVER_SHARE)) this.#deliverToAnyone(current);
    }
  }

  #sequencesOf(member: Member): readonly Sequence[] {
    return this.#sequences.filter((sequence) => sequence.member === member);
  }

  async #run(sequence: Sequence): Promise<void> {
    const { dice, faults, configuration } = this.#parts;
    const { lane, member } = sequence;
    const { clock } = member.process;
    for (;;) {
      sequence.current ??= this.#nextTask(lane);
      const task = sequence.current;
      if (task === null) break;
      if (faults.strikes("duplicate delivery")) this.#deliverToAnyone(task);
      if (await this.#deliver(member, task)) {
        sequence.current = null;
        sequence.acknowledged = task;
        await clock.sleep(dice.between(0, configuration.lanes[lane].idleMsMax));
      } else {
        await clock.sleep(dice.between(0, REDELIVERY_MS_MAX));
      }
    }
    sequence.isFinished = true;
  }

  #nextTask(lane: Lane): Task | null {
    const { configuration, workload, ledger, queue } = this.#parts;
    const { operations, lanes } = configuration;
    const delivered = this.#delivered.get(lane) ?? 0;
    if (ledger.operations >= operations || delivered >= operations * lanes[lane].shareMax) return null;
    const task = workload.nextTask(lane, realMs(queue));
    this.#delivered.set(lane, delivered + task.records.length);
    return task;
  }

  /** Delivers a task beside its sequence, which does not wait for it. */
  #deliverToAnyone(task: Task): void {
    const { fleet, dice, faults } = this.#parts;
    const [first, ...others] = fleet.running(task.lane);
    if (first === undefined) return;
    faults.fired("duplicate delivery");
    void this.#deliver(dice.pick([first, ...others]), task);
  }

  /** True when each record has a receipt that is not `failed`. */
  async #deliver(member: Member, task: Task): Promise<boolean> {
    const { dice, ledger, configuration } = this.#parts;
    const { process } = member;
    const deliveries = task.records.map((record): Delivery => ({ record, operation: null, attempts: 0, triedAtMs: 0 }));
    let isOpen = true;
    const signal = this.#drawSignal(member, () => isOpen);
    member.pending += 1;
    const receipts = await sendUntilSettled(
      { send: (some) => this.#attempt(member, task.lane, some, signal), clock: process.clock, random: dice.random },
      deliveries,
      { retry: configuration.retry, signal },
    );
    member.pending -= 1;
    isOpen = false;
    ledger.end(receipts);
    if (receipts.length !== deliveries.length)
      ledger.problem(`${deliveries.length} records, ${receipts.length} receipts`);
    return receipts.every(({ status }) => status !== "failed");
  }

  async #attempt(
    { process, writer }: Member,
    lane: Lane,
    deliveries: readonly Delivery[],
    signal: AbortSignal | undefined,
  ): Promise<readonly Receipt[]> {
    const { ledger } = this.#parts;
    if (writer === null) throw new TypeError(`process ${process.number} has no writer`);
    const invoke = ledger.stampNs();
    for (const delivery of deliveries) ledger.attempt(process, delivery, invoke);
    const time = writer.timeOfDay();
    const marks = deliveries.map(({ record }) => (time.kind === "confirmed" ? markOf(record, time.nowMs) : null));
    for (const mark of marks) if (mark !== null) ledger.mark(mark.version);
    const records = deliveries.map(({ record }, index) => marks[index] ?? record);
    const answers = await writer.write(records, { lane, ...(signal === undefined ? {} : { signal }) });
    const returned = ledger.stampNs();
    const receipts = answers.map((receipt, index) => receiptOf(receipt, deliveries[index], marks[index] ?? null));
    deliveries.forEach((delivery, index) => {
      const receipt = receipts[index];
      if (receipt === undefined) ledger.problem(`no receipt for ${delivery.record.version}`);
      else ledger.receive(delivery, receipt, returned);
    });
    const acknowledged = records.filter((_, index) => receipts[index]?.status === "applied");
    if (acknowledged.length > 0) this.#parts.onAcknowledged(acknowledged.map(({ key }) => key));
    return receipts;
  }

  #drawSignal(member: Member, isOpen: () => boolean): AbortSignal | undefined {
    const { queue, dice, faults } = this.#parts;
    if (!faults.strikes("caller aborts")) return undefined;
    const controller = new AbortController();
    const { process } = member;
    queue.after(dice.between(0, ABORT_MS_MAX) * 1_000, () => {
      process.deliver("timer", () => {
        if (isOpen()) faults.fired("caller aborts");
        controller.abort();
      });
    });
    return controller.signal;
  }
}

/** As lanes tell it: a record that is only marked, because it is over on arrival, is expired. */
function receiptOf(receipt: Receipt, delivery: Delivery | undefined, mark: WriteRecord | null): Receipt {
  if (mark === null || delivery === undefined || receipt.status === "failed") return receipt;
  return { status: "expired", version: delivery.record.version };
}
