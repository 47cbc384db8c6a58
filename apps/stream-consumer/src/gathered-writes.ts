/**
 * Gathers pieces into few calls of the writer. While a call is under way, pieces
 * of all partitions are checked and reduced by key, and the next call takes them
 * together: the longer a call takes, the more records of one key meet in the
 * next one, and all but one of them are neither encoded nor sent.
 *
 * Where no call is under way and no further piece has come, a piece goes as soon
 * as it is checked. Where the lane is behind, further pieces have come already,
 * and so many of them join it that the store does not wait for long.
 */
import { type CheckedChanges, type FeatureChange, nextTurn } from "@trilane/feature-groups";
import { itemAt, type Receipt } from "@trilane/write-through";

export interface GatherLimits {
  readonly callsMax: number;
  /** Records of one call; a larger piece is a call of its own. */
  readonly recordsMax: number;
  /** A call of so few records goes beside another one: they would gain little from others, and would wait for long. */
  readonly besideRecordsMax: number;
  /** A call of so many records begins while further pieces have come already. */
  readonly enoughRecords: number;
}

export interface GatherPorts {
  /** Begins to check the changes of one call. */
  readonly check: () => CheckedChanges;
  /** One receipt per change, in order. */
  readonly write: (gathered: GatheredChanges, signal: AbortSignal) => Promise<readonly Receipt[]>;
}

export interface GatheredChanges {
  readonly changes: readonly FeatureChange[];
  readonly checked: CheckedChanges;
}

interface Request {
  readonly changes: readonly FeatureChange[];
  readonly signal: AbortSignal;
  readonly settle: PromiseWithResolvers<readonly Receipt[]>;
}

interface Gathering {
  readonly requests: Request[];
  readonly changes: FeatureChange[];
  readonly checked: CheckedChanges;
}

export class GatheredWrites {
  readonly #limits: GatherLimits;
  readonly #ports: GatherPorts;
  readonly #waiting: Request[] = [];
  #next: Gathering | null = null;
  #isChecking = false;
  #calls = 0;

  constructor(limits: GatherLimits, ports: GatherPorts) {
    this.#limits = limits;
    this.#ports = ports;
  }

  /** Like a call of the writer. It is cancelled when the signals of all pieces in it have fired. */
  write(changes: readonly FeatureChange[], signal: AbortSignal): Promise<readonly Receipt[]> {
    if (changes.length === 0) return Promise.resolve([]);
    const settle = Promise.withResolvers<readonly Receipt[]>();
    this.#waiting.push({ changes, signal, settle });
    void this.#advance();
    return settle.promise;
  }

  /**
   * Checks one piece after the other, as far as the next call has room, and begins it where it may. Between the last look
   * and the end nothing is awaited, so a call that ends meanwhile is not missed.
   */
  async #advance(): Promise<void> {
    if (this.#isChecking) return;
    this.#isChecking = true;
    for (;;) {
      if (this.#mayBegin()) void this.#begin();
      const request = this.#isFull ? undefined : this.#waiting.shift();
      if (request === undefined) break;
      await this.#check(request);
    }
    this.#isChecking = false;
  }

  /** Never rejects. */
  async #check(request: Request): Promise<void> {
    this.#next ??= { requests: [], changes: [], checked: this.#ports.check() };
    const { requests, changes, checked } = this.#next;
    requests.push(request);
    for (const change of request.changes) changes.push(change);
    try {
      await checked.add(request.changes);
    } catch (error) {
      this.#next = null;
      for (const { settle } of requests) settle.reject(error);
    }
  }

  /** Whether the next piece has no room in the next call. */
  get #isFull(): boolean {
    const { recordsMax } = this.#limits;
    const [request] = this.#waiting;
    if (this.#next === null) return false;
    const records = this.#next.changes.length;
    return records >= recordsMax || (request !== undefined && records + request.changes.length > recordsMax);
  }

  #mayBegin(): boolean {
    if (this.#next === null) return false;
    const { callsMax, besideRecordsMax, enoughRecords } = this.#limits;
    const records = this.#next.changes.length;
    if (this.#calls >= callsMax) return false;
    if (this.#isFull) return true;
    const isLast = this.#waiting.length === 0;
    return this.#calls === 0 ? isLast || records >= enoughRecords : isLast && records <= besideRecordsMax;
  }

  async #begin(): Promise<void> {
    const gathering = this.#next;
    if (gathering === null) return;
    this.#next = null;
    this.#calls += 1;
    const { requests } = gathering;
    const all = allOf(requests.map(({ signal }) => signal));
    const ended = await this.#ports.write(gathering, all.signal).then(
      (receipts) => ({ kind: "written", receipts }) as const,
      (error: unknown) => ({ kind: "thrown", error }) as const,
    );
    all.letGo();
    this.#calls -= 1;
    void this.#advance();
    if (ended.kind === "written") await settleInTurns(requests, ended.receipts);
    else for (const { settle } of requests) settle.reject(ended.error);
  }
}

/** Each piece has a turn of its own, because its lane goes through all of its records then. */
async function settleInTurns(requests: readonly Request[], receipts: readonly Receipt[]): Promise<void> {
  let from = 0;
  for (const { changes, settle } of requests) {
    if (from > 0) await nextTurn();
    settle.resolve(receipts.slice(from, from + changes.length));
    from += changes.length;
  }
}

interface AllOf {
  /** Fires when all have fired. */
  readonly signal: AbortSignal;
  /** To call at the end: a signal that is made of others lives for ever while somebody listens to it. */
  letGo(): void;
}

function allOf(signals: readonly AbortSignal[]): AllOf {
  if (signals.length === 1) return { signal: itemAt(signals, 0), letGo: () => undefined };
  const all = new AbortController();
  const look = (): void => {
    if (signals.every(({ aborted }) => aborted)) all.abort(itemAt(signals, 0).reason);
  };
  for (const signal of signals) signal.addEventListener("abort", look);
  look();
  return {
    signal: all.signal,
    letGo() {
      for (const signal of signals) signal.removeEventListener("abort", look);
    },
  };
}
