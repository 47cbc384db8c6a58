/**
 * Measures how long the event loop stands still while the product works, but
 * not while cases are generated or compared. A timer notes when it has its
 * turn; work that ends before that counts with its own duration.
 */

const LOOK_MS = 1;
let longestMs = 0;

export async function productWork<Result>(work: () => Promise<Result>): Promise<Result> {
  let lastMs = performance.now();
  const note = (): void => {
    const nowMs = performance.now();
    longestMs = Math.max(longestMs, nowMs - lastMs);
    lastMs = nowMs;
  };
  const timer = setInterval(note, LOOK_MS);
  try {
    return await work();
  } finally {
    note();
    clearInterval(timer);
  }
}

export function resetDelay(): void {
  longestMs = 0;
}

export function longestDelayMs(): number {
  return Math.round(longestMs);
}
