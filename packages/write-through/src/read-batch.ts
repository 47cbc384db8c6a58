/**
 * Drives the read plan for one batch of distinct keys: one GET for all, then
 * for those that the cache cannot answer a LEASE, a read of the store, and
 * FILL or RAISE. A key that fails at one step does not take the others with it.
 */
import { type CacheLifetime, lifetimeOf } from "./cache-lifetime.ts";
import { CoreError } from "./errors.ts";
import type { CacheFailure, CacheFill, CacheRaise, CacheSettle } from "./ports/cache.ts";
import type { StoredBody, StoredCopy } from "./ports/store.ts";
import type { ReadPlan, ReadStep, Settlement } from "./protocol/read-plan.ts";
import type { ReaderPorts, ReadResult, ReadSource } from "./reader.ts";

export interface ReadBatchContext {
  readonly ports: ReaderPorts;
  readonly lifetime: CacheLifetime;
  readonly plan: ReadPlan;
  readonly leaseMs: number;
}

/** One key on its way. */
interface Inquiry {
  readonly key: string;
  result: ReadResult | null;
}

interface StoreRead {
  readonly inquiry: Inquiry;
  readonly then: Settlement;
}

interface Settling {
  readonly inquiry: Inquiry;
  readonly settlement: Settlement;
  readonly copy: StoredCopy;
}

export async function readBatch(keys: readonly string[], context: ReadBatchContext): Promise<readonly ReadResult[]> {
  const { clock, emit } = context.ports;
  const startedMs = clock.monotonicMs();
  const inquiries = keys.map((key): Inquiry => ({ key, result: null }));
  const reads: StoreRead[] = [];
  const absent = await getAll(inquiries, reads, context);
  const fenced = reads.length;
  if (absent.length > 0) await leaseAll(absent, reads, context);
  if (reads.length > 0) await settleAll(await readStore(reads, context), context);
  const durationMs = clock.monotonicMs() - startedMs;
  const hits = keys.length - reads.length;
  emit({ type: "read-batch", keys: keys.length, hits, fenced, filled: absent.length, durationMs });
  return inquiries.map(({ key, result }) => result ?? failed(unreplied("store", key)));
}

/** Answers hits, adds fenced keys to `reads`, and returns the keys of which the cache knows nothing. */
async function getAll(
  inquiries: readonly Inquiry[],
  reads: StoreRead[],
  context: ReadBatchContext,
): Promise<readonly Inquiry[]> {
  const { ports, plan } = context;
  const replies = await ports.cache.get(
    ports.epoch,
    inquiries.map(({ key }) => key),
  );
  const absent: Inquiry[] = [];
  inquiries.forEach((inquiry, index) => {
    const reply = replies[index] ?? unanswered(inquiry.key);
    if (reply.kind === "failed") fail(inquiry, reply.error, "get", ports);
    else if (take(inquiry, plan.afterGet(reply.entry), reads, ports) === "lease") absent.push(inquiry);
  });
  return absent;
}

async function leaseAll(absent: readonly Inquiry[], reads: StoreRead[], context: ReadBatchContext): Promise<void> {
  const { ports, plan, leaseMs } = context;
  const commands = absent.map(({ key }) => ({ key, token: ports.nextId(), ttlMs: leaseMs }));
  const replies = await ports.cache.lease(ports.epoch, commands);
  absent.forEach((inquiry, index) => {
    const reply = replies[index] ?? unanswered(inquiry.key);
    if (reply.kind !== "failed") {
      take(inquiry, plan.afterLease(reply, commands[index]?.token ?? ""), reads, ports);
    } else if (reply.error.code === "CACHE_FULL") {
      // No room to fill: answer from the store, as beside another reader's lease.
      reads.push({ inquiry, then: { with: "raise", id: null } });
    } else {
      fail(inquiry, reply.error, "lease", ports);
    }
  });
}

/** Does what the step says for one key; returns what is left to do for it. */
function take(
  inquiry: Inquiry,
  step: ReadStep<StoredBody>,
  reads: StoreRead[],
  ports: ReaderPorts,
): "lease" | "read-store" | "settle" | "answer" {
  if (step.next === "answer") inquiry.result = answer(step.copy, step.source, ports.clock.nowMs());
  else if (step.next === "read-store") reads.push({ inquiry, then: step.then });
  return step.next;
}

async function readStore(reads: readonly StoreRead[], { ports, plan }: ReadBatchContext): Promise<readonly Settling[]> {
  const replies = await ports.store.read(reads.map(({ inquiry }) => inquiry.key));
  const settling: Settling[] = [];
  reads.forEach(({ inquiry, then }, index) => {
    const reply = replies[index];
    if (reply === undefined || reply.kind === "failed") {
      const error = reply?.error ?? unreplied("store", inquiry.key);
      inquiry.result = failed(error);
      ports.emit({ type: "port-failed", port: "store", step: "read", error });
      return;
    }
    const step = plan.afterStoreRead(then, reply.copy);
    if (step.next === "settle") settling.push({ inquiry, settlement: step.settlement, copy: step.copy });
    else take(inquiry, step, [], ports);
  });
  return settling;
}

async function settleAll(settling: readonly Settling[], context: ReadBatchContext): Promise<void> {
  const filling: { readonly one: Settling; readonly command: CacheFill }[] = [];
  const raising: Raising[] = [];
  for (const one of settling) {
    const { settlement } = one;
    const command = settleCommand(one, context);
    if (settlement.with === "fill") filling.push({ one, command: { ...command, token: settlement.token } });
    else raising.push({ one, command: { ...command, id: settlement.id } });
  }
  const [refused] = await Promise.all([fillAll(filling, context), raiseAll(raising, context)]);
  await raiseAll(refused, context);
}

interface Raising {
  readonly one: Settling;
  readonly command: CacheRaise;
}

/** Returns what the cache has no memory for: it is raised instead, which needs none. */
async function fillAll(
  filling: readonly { readonly one: Settling; readonly command: CacheFill }[],
  { ports, plan }: ReadBatchContext,
): Promise<readonly Raising[]> {
  if (filling.length === 0) return [];
  const replies = await ports.cache.fill(
    ports.epoch,
    filling.map(({ command }) => command),
  );
  return filling.flatMap(({ one, command: { key, copy, ttlMs } }, index): readonly Raising[] => {
    const reply = replies[index] ?? unanswered(key);
    if (reply.kind === "settled") take(one.inquiry, plan.afterSettle(copy), [], ports);
    else if (reply.error.code === "CACHE_FULL") return [{ one, command: { key, copy, ttlMs, id: null } }];
    else fail(one.inquiry, reply.error, "fill", ports);
    return [];
  });
}

async function raiseAll(raising: readonly Raising[], { ports, plan }: ReadBatchContext): Promise<void> {
  if (raising.length === 0) return;
  const replies = await ports.cache.raise(
    ports.epoch,
    raising.map(({ command }) => command),
  );
  raising.forEach(({ one: { inquiry, copy } }, index) => {
    const reply = replies[index] ?? unanswered(inquiry.key);
    if (reply.kind === "failed") fail(inquiry, reply.error, "raise", ports);
    else take(inquiry, plan.afterSettle(copy), [], ports);
  });
}

function settleCommand({ inquiry, copy }: Settling, { ports, lifetime }: ReadBatchContext): CacheSettle {
  const ttlMs = lifetimeOf(copy, lifetime, ports.clock.nowMs(), ports.random);
  return { key: inquiry.key, copy, ttlMs };
}

function answer(copy: StoredCopy, source: ReadSource, nowMs: number): ReadResult {
  const { version, body } = copy;
  if (body === null || body.payload === null || body.expiresAtMs <= nowMs) {
    return { kind: "absent", version, source };
  }
  return { kind: "found", version, payload: body.payload, expiresAtMs: body.expiresAtMs, source };
}

function fail(inquiry: Inquiry, error: CoreError, step: string, ports: ReaderPorts): void {
  inquiry.result = failed(error);
  ports.emit({ type: "port-failed", port: "cache", step, error });
}

function failed(error: CoreError): ReadResult {
  return { kind: "failed", error };
}

function unanswered(key: string): CacheFailure {
  return { kind: "failed", error: unreplied("cache", key) };
}

function unreplied(port: "cache" | "store", key: string): CoreError {
  const code = port === "cache" ? "CACHE_UNAVAILABLE" : "STORE_UNAVAILABLE";
  return new CoreError(code, `the ${port} gave no reply for "${key}"`);
}
