/** Looks at the list of erasures from outside, so that the audit knows between which moments each came into force. */
import { setTimeout as delay } from "node:timers/promises";
import type { ErasureEntry, ErasureStore } from "@trilane/write-through";
import type { SeenErasure } from "@trilane/verification/history";

/** One look at the list. Times are nanoseconds of the histories' clock. */
export interface ErasureLook {
  readonly invoke: number;
  readonly return: number;
  readonly last: number;
  readonly inForce: number;
}

const POLL_MS = 40;

/** Looks until the signal fires. A look that the store does not answer is left out. */
export async function watchErasures(
  erasures: Pick<ErasureStore, "readState">,
  signal: AbortSignal,
): Promise<readonly ErasureLook[]> {
  const looks: ErasureLook[] = [];
  while (!signal.aborted) {
    const invoke = Number(process.hrtime.bigint());
    const state = await erasures.readState().catch(() => null);
    if (state !== null) {
      const { last, inForce } = state;
      looks.push({ invoke, return: Number(process.hrtime.bigint()), last, inForce });
    }
    await delay(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
  return looks;
}

/** @param erasedAt by number: when its eraser's call returned, where one did */
export function seenErasures(
  entries: readonly ErasureEntry[],
  looks: readonly ErasureLook[],
  erasedAt: ReadonlyMap<number, number>,
): readonly SeenErasure[] {
  return entries.map(({ number, subject, kind, untilUs }) => {
    const lastWithout = looks.findLast(({ inForce }) => inForce < number);
    const firstWith = looks.find(({ inForce }) => inForce >= number);
    return {
      number,
      subject,
      kind,
      untilUs,
      announcedAfter: looks.findLast(({ last }) => last < number)?.invoke ?? 0,
      inForce: {
        from: lastWithout?.invoke ?? 0,
        to: Math.min(firstWith?.return ?? Infinity, erasedAt.get(number) ?? Infinity),
      },
    };
  });
}
