/** Does something again and again at a steady pace, until a signal. */
import { setTimeout as sleep } from "node:timers/promises";

export interface Paced {
  readonly everyMs: number;
  readonly signal: AbortSignal;
  readonly work: (number: number) => Promise<void>;
}

/** A turn that is late is made up for by the next ones. @throws what the work throws */
export async function paced({ everyMs, signal, work }: Paced): Promise<void> {
  const beganMs = performance.now();
  for (let number = 0; !signal.aborted; number += 1) {
    const waitMs = beganMs + number * everyMs - performance.now();
    if (waitMs > 0) await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    if (!signal.aborted) await work(number);
  }
}
