/**
 * One direction of a proxied connection. It moves bytes from `source` to
 * `target`, in order, under the present fault.
 *
 * Bytes that cannot go at once wait in a queue, and so does the end of the
 * stream: the requests of a client that gave up during a stall are still
 * delivered when the stall is over. The source is paused while the queue is
 * full or the target takes no more. The end of either socket leads to one call
 * of `onEnd`.
 */
import type { Socket } from "node:net";
import type { FaultCounts, LinkFault } from "./link-fault.ts";

export type Direction = "requests" | "replies";

export interface FlowOptions {
  readonly source: Socket;
  readonly target: Socket;
  readonly direction: Direction;
  readonly fired: FaultCounts;
  /** The source's stream has ended and all of it was delivered, or the source broke. */
  readonly onEnd: (isBroken: boolean) => void;
  /** Bytes of this direction vanished. */
  readonly onLoss: () => void;
}

/** The maximum of bytes that wait in one direction; beyond it the source is paused. */
export const WAITING_BYTES_MAX: number = 4 * 1_024 * 1_024;

const MS_PER_SECOND = 1_000;

interface Waiting {
  /** Null: the end of the stream. */
  readonly chunk: Buffer | null;
  /** When the chunk may go, by the monotonic clock. */
  readonly dueMs: number;
}

export class Flow {
  readonly #options: FlowOptions;
  readonly #waiting: Waiting[] = [];
  #fault: LinkFault | null = null;
  #waitingBytes = 0;
  #isTargetFull = false;
  #isBroken = false;
  #isSourceOver = false;
  #timer: NodeJS.Timeout | null = null;
  /** When a narrow link will have passed all bytes that it was given. */
  #freeAtMs = 0;

  constructor(options: FlowOptions) {
    const { source, target } = options;
    this.#options = options;
    source.on("data", (chunk: Buffer) => this.#receive(chunk));
    source.on("end", () => this.#receiveEnd());
    source.on("error", () => {
      this.#isBroken = true;
    });
    source.on("close", () => this.#receiveEnd());
    target.on("drain", () => {
      this.#isTargetFull = false;
      this.#pump();
    });
  }

  apply(fault: LinkFault | null): void {
    this.#fault = fault;
    if (this.#vanishes() && this.#waiting.length > 0) this.#dropWaiting();
    this.#pump();
  }

  /** Forgets everything, so nothing is delivered any more. */
  stop(): void {
    this.#waiting.length = 0;
    this.#waitingBytes = 0;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #receive(chunk: Buffer): void {
    const { fired } = this.#options;
    // The other side is gone: nobody is left to read it.
    if (this.#options.target.destroyed) return;
    if (this.#vanishes()) {
      this.#lose(1);
      return;
    }
    let dueMs = 0;
    if (this.#fault?.kind === "delay") {
      fired.delay += 1;
      dueMs = performance.now() + this.#fault.ms;
    } else if (this.#fault?.kind === "narrow") {
      fired.narrow += 1;
      this.#freeAtMs = Math.max(this.#freeAtMs, performance.now());
      this.#freeAtMs += (chunk.length * MS_PER_SECOND) / this.#fault.bytesPerSecond;
      dueMs = this.#freeAtMs;
    } else if (this.#fault?.kind === "stall") {
      fired.stall += 1;
    }
    this.#waiting.push({ chunk, dueMs });
    this.#waitingBytes += chunk.length;
    this.#pump();
  }

  #receiveEnd(): void {
    if (this.#isSourceOver) return;
    this.#isSourceOver = true;
    // An end that vanishes is a loss as well; the connection is reset later.
    if (this.#vanishes() && !this.#options.target.destroyed) {
      this.#lose(0);
      return;
    }
    const dueMs = this.#fault?.kind === "delay" ? performance.now() + this.#fault.ms : 0;
    this.#waiting.push({ chunk: null, dueMs });
    this.#pump();
  }

  /** Delivers the chunks that may go now, and plans the delivery of the rest. */
  #pump(): void {
    for (let first = this.#waiting[0]; first !== undefined && this.#mayGo(first); first = this.#waiting[0]) {
      this.#waiting.shift();
      this.#deliver(first);
    }
    this.#throttleSource();
  }

  #mayGo({ chunk, dueMs }: Waiting): boolean {
    if (this.#options.target.destroyed) return true;
    if (this.#fault?.kind === "stall" || (this.#isTargetFull && chunk !== null)) return false;
    const leftMs = dueMs - performance.now();
    if (leftMs <= 0) return true;
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#pump();
    }, Math.ceil(leftMs));
    return false;
  }

  #deliver({ chunk }: Waiting): void {
    const { target, onEnd } = this.#options;
    if (chunk === null) {
      onEnd(this.#isBroken);
      return;
    }
    this.#waitingBytes -= chunk.length;
    if (!target.destroyed) this.#isTargetFull = !target.write(chunk);
  }

  #throttleSource(): void {
    const { source, target } = this.#options;
    const isFull = this.#waitingBytes >= WAITING_BYTES_MAX || (this.#isTargetFull && !target.destroyed);
    if (isFull) source.pause();
    else if (source.isPaused()) source.resume();
  }

  #vanishes(): boolean {
    const kind = this.#fault?.kind;
    return kind === "half-open" || (kind === "drop-replies" && this.#options.direction === "replies");
  }

  #dropWaiting(): void {
    const chunks = this.#waiting.filter(({ chunk }) => chunk !== null).length;
    this.stop();
    this.#lose(chunks);
  }

  #lose(chunks: number): void {
    const kind = this.#fault?.kind;
    if (kind !== undefined) this.#options.fired[kind] += chunks;
    this.#options.onLoss();
  }
}
