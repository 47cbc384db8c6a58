/**
 * Takes the decisions of the cache epoch plan. It looks at the record and waits
 * until a decision allows a step, and then takes that step.
 *
 * A decision holds only together with the step that follows at once, because
 * the lease under which it was taken goes on running. So nothing is awaited
 * between the two, and after every step the decision is taken anew.
 */
import { CoreError } from "../errors.ts";
import { itemAt } from "../by-position.ts";
import type { CacheEpochAccess } from "../ports/cache-epoch-access.ts";
import type { CacheEpochKnowledge } from "../protocol/cache-epoch-knowledge.ts";
import type { LookStep, WaitStep } from "../protocol/cache-epoch-plan.ts";
import type { Now } from "../protocol/elapsed.ts";

/**
 * Looks and waits before one decision. If more are needed, the cache epoch changes faster than any step can be taken.
 */
const PAUSES_MAX = 20;
/** One call follows so many changes of the cache epoch. What is open after that is left to its caller. */
const ROUNDS_MAX = 4;

interface Decision {
  readonly next: string;
}

export interface Decided<Item, Taken extends Decision> {
  readonly item: Item;
  readonly decision: Taken;
}

export interface EachDecision<Item, Taken extends Decision> {
  readonly take: (known: CacheEpochKnowledge, now: Now, item: Item) => Taken | LookStep | WaitStep;
  /** Takes the decided steps, beginning at once, and returns the items whose decision another look may change. */
  readonly act: (decided: readonly Decided<Item, Taken>[]) => Promise<readonly Item[]>;
}

/**
 * Takes the decision for each item, acts on it and looks again, at most {@link ROUNDS_MAX} times. Returns the items
 * that are still open.
 * @throws CoreError of the store; CACHE_EPOCH_UNSETTLED
 */
export async function decideEach<Item, Taken extends Decision>(
  cacheEpoch: CacheEpochAccess,
  items: readonly Item[],
  { take, act }: EachDecision<Item, Taken>,
): Promise<readonly Item[]> {
  let open = items;
  for (let round = 1; open.length > 0 && round <= ROUNDS_MAX; round += 1) {
    if (round > 1) await cacheEpoch.look();
    open = await whenDecided(cacheEpoch, open, take, async (decided, undecided) => [
      ...undecided,
      ...(await act(decided)),
    ]);
  }
  return open;
}

/**
 * One decision, for a step that the caller takes at once.
 * @throws CoreError of the store; CACHE_EPOCH_UNSETTLED
 */
export function decide<Taken extends Decision>(
  cacheEpoch: CacheEpochAccess,
  take: (known: CacheEpochKnowledge, now: Now) => Taken | LookStep | WaitStep,
): Promise<Taken> {
  return whenDecided(cacheEpoch, [null], take, (decided) => itemAt(decided, 0).decision);
}

/** Calls `act` as soon as there is a decision for some of the items. */
async function whenDecided<Item, Taken extends Decision, Result>(
  cacheEpoch: CacheEpochAccess,
  items: readonly Item[],
  take: EachDecision<Item, Taken>["take"],
  act: (decided: readonly Decided<Item, Taken>[], undecided: readonly Item[]) => Result,
): Promise<Awaited<Result>> {
  for (let pauses = 0; pauses < PAUSES_MAX; pauses += 1) {
    const { decided, undecided, pause } = takeAll(cacheEpoch, items, take);
    if (pause === null || decided.length > 0) return await act(decided, undecided);
    if (pause.next === "look") await cacheEpoch.look();
    else await cacheEpoch.wait(pause.ms);
  }
  throw new CoreError("CACHE_EPOCH_UNSETTLED", "the cache's epoch changes again and again; the call was given up");
}

interface Taking<Item, Taken extends Decision> {
  readonly decided: readonly Decided<Item, Taken>[];
  readonly undecided: readonly Item[];
  /** The first pause that an undecided item needs; null where all are decided. */
  readonly pause: LookStep | WaitStep | null;
}

/** Takes all decisions at one moment. */
function takeAll<Item, Taken extends Decision>(
  cacheEpoch: CacheEpochAccess,
  items: readonly Item[],
  take: EachDecision<Item, Taken>["take"],
): Taking<Item, Taken> {
  const { known } = cacheEpoch;
  if (known === null) return { decided: [], undecided: items, pause: { next: "look" } };
  const now = cacheEpoch.now();
  const decided: Decided<Item, Taken>[] = [];
  const undecided: Item[] = [];
  let pause: LookStep | WaitStep | null = null;
  for (const item of items) {
    const decision = take(known, now, item);
    if (isPause(decision)) {
      undecided.push(item);
      pause ??= decision;
    } else decided.push({ item, decision });
  }
  return { decided, undecided, pause };
}

function isPause<Taken extends Decision>(decision: Taken | LookStep | WaitStep): decision is LookStep | WaitStep {
  return decision.next === "look" || decision.next === "wait";
}
