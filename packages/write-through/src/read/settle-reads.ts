/**
 * The end of a read that went to the store. FILL or RAISE tells the cache
 * first, and then the reader answers, under the cache epoch that holds by then.
 */
import { cacheAnswerOf, tellCacheEpoch } from "../cache-epoch/cache-answer.ts";
import { type Decided, decideEach } from "../cache-epoch/decide.ts";
import { lifetimeOf } from "../cache-lifetime.ts";
import { CoreError } from "../errors.ts";
import { itemAt, paired } from "../by-position.ts";
import type { CacheFill, CacheRaise, CacheSettle, CacheSettleReply } from "../ports/cache.ts";
import type { AnswerDecision, LookStep, WaitStep } from "../protocol/cache-epoch-plan.ts";
import { answerWithCopy } from "./answer-with-copy.ts";
import { failRead, type ReadContext, type StoreAnswer } from "./pending-read.ts";

export async function settleReads(answers: readonly StoreAnswer[], context: ReadContext): Promise<void> {
  const { cacheEpoch } = context.ports;
  const open = await decideEach(cacheEpoch, answers, {
    take: (known, now, { observation }) => cacheEpoch.plan.beforeAnswer(known, now, observation),
    act: (decided) => settleOnce(decided, context),
  });
  if (open.length === 0) return;
  const error = new CoreError("CACHE_EPOCH_UNSETTLED", "the cache's epoch changed again and again during the read");
  for (const { pending } of open) failRead(pending, { port: "cache", step: "settle", error }, context.ports);
}

/** The command by which one read tells the cache about its key. */
interface Told<Command extends CacheSettle> {
  readonly answer: StoreAnswer;
  readonly command: Command;
}

/** Returns the reads that need another look at the cache epoch. */
async function settleOnce(
  decided: readonly Decided<StoreAnswer, Exclude<AnswerDecision, LookStep | WaitStep>>[],
  context: ReadContext,
): Promise<readonly StoreAnswer[]> {
  const fills: Told<CacheFill>[] = [];
  const raises: Told<CacheRaise>[] = [];
  const epochs: number[] = [];
  for (const { item: answer, decision } of decided) {
    if (decision.next === "answer") {
      answerRead(answer, context);
      continue;
    }
    const { epoch, settlement } = decision;
    const command = settleOf(answer, context);
    epochs.push(epoch);
    if (settlement.with === "fill") fills.push({ answer, command: { ...command, token: settlement.token } });
    else raises.push({ answer, command: { ...command, id: settlement.id } });
  }
  if (epochs.length === 0) return [];
  // All decisions were taken at one moment, so all are of the epoch that was in force then.
  const epoch = itemAt(epochs, 0);
  const open = await Promise.all([fillAll(fills, epoch, context), raiseAll(raises, epoch, context)]);
  return open.flat();
}

function settleOf({ pending, copy }: StoreAnswer, { ports, lifetime }: ReadContext): CacheSettle {
  const ttlMs = lifetimeOf(pending.key, copy, lifetime, ports);
  return { key: pending.key, copy, ttlMs };
}

/** A copy for which the cache has no memory is raised instead, which needs none. */
async function fillAll(
  fills: readonly Told<CacheFill>[],
  epoch: number,
  context: ReadContext,
): Promise<readonly StoreAnswer[]> {
  if (fills.length === 0) return [];
  const commands = fills.map(({ command }) => command);
  const replied = paired(fills, await context.ports.cache.fill(epoch, commands));
  const told = replied.filter(([, reply]) => !isFull(reply));
  const refused = replied.filter(([, reply]) => isFull(reply));
  const open = await conclude(told, { epoch, step: "fill", context });
  const raises = refused.map(([{ answer, command }]) => {
    const { key, copy, ttlMs } = command;
    return { answer, command: { key, copy, ttlMs, id: null } };
  });
  return [...open, ...(await raiseAll(raises, epoch, context))];
}

function isFull(reply: CacheSettleReply): boolean {
  return reply.kind === "failed" && reply.error.code === "CACHE_FULL";
}

async function raiseAll(
  raises: readonly Told<CacheRaise>[],
  epoch: number,
  context: ReadContext,
): Promise<readonly StoreAnswer[]> {
  if (raises.length === 0) return [];
  const commands = raises.map(({ command }) => command);
  const replied = paired(raises, await context.ports.cache.raise(epoch, commands));
  return conclude(replied, { epoch, step: "raise", context });
}

async function conclude(
  replied: readonly (readonly [Told<CacheSettle>, CacheSettleReply])[],
  { epoch, step, context }: { readonly epoch: number; readonly step: string; readonly context: ReadContext },
): Promise<readonly StoreAnswer[]> {
  const { ports } = context;
  const open: StoreAnswer[] = [];
  let failure: CoreError | null = null;
  for (const [{ answer }, reply] of replied) {
    const decision = ports.cacheEpoch.plan.afterSettle(cacheAnswerOf(reply));
    if (reply.kind === "failed") failure = reply.error;
    if (decision.next === "answer") answerRead(answer, context);
    else if (decision.next === "look") open.push(answer);
    else if (reply.kind === "failed") failRead(answer.pending, { port: "cache", step, error: reply.error }, ports);
  }
  await tellCacheEpoch(ports.cacheEpoch, failure, epoch);
  return open;
}

function answerRead({ pending, copy }: StoreAnswer, { ports }: ReadContext): void {
  answerWithCopy(pending, { copy, source: "store" }, ports);
}
