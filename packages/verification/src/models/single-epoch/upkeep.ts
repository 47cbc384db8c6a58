/**
 * The protocol's promise beyond safety, checked in every state that is reached:
 * the cache is of use again, without help, once all writers are done.
 *
 * A rule whose removal breaks no read may still be needed for this promise.
 */
import { type Entry, readPlan, type ReadStep } from "@trilane/write-through/protocol";
import { encodeEntry } from "../entry-codec.ts";
import { itemOf, type ModelContext, currentEpoch } from "./context.ts";
import { ITEM_PHASE, MODE, type KeyState } from "./state.ts";
import { LATE_KIND, settleEntry } from "../late-command.ts";
import { at } from "../../engine/at.ts";
import { ordinalOf, type ModelBody } from "../values.ts";

/** Returns what is wrong with a state, or null. */
export type UpkeepCheck = (context: ModelContext) => string | null;

export function createUpkeepCheck(context: ModelContext): UpkeepCheck {
  const afterQuiet = memoized((key) => checkQuietKey(context, key));
  const isBackfill =
    context.world.readers.length === 0 && context.items.every((item) => item.write.populate === "if-cached");
  const isFaultless = isWithoutFaults(context);

  return (now) => {
    const isQuiet = isQuietState(now);
    for (let index = 0; index < now.state.keys.length; index++) {
      const key = at(now.state.keys, index);
      if (isQuiet) {
        const problem = afterQuiet(key);
        if (problem !== null) return problem;
      }
      if (isFaultless && outlivesItsWrite(now, index)) {
        return "a fence outlives the acknowledged write that it is for, without any fault";
      }
      if (isBackfill && key.entry.state === "clean") {
        return "a write that asked for `if-cached` filled a key that was not cached";
      }
    }
    return null;
  };
}

/** All writers are done, and no put or command that could change the cache is on its way. */
export function isQuietState(context: ModelContext): boolean {
  const { state } = context;
  if (state.mode === MODE.off) return false;
  return (
    state.items.every((item) => item.phase >= ITEM_PHASE.acknowledged) &&
    state.late.every((command) => command.kind === LATE_KIND.none)
  );
}

function checkQuietKey(context: ModelContext, key: KeyState): string | null {
  // The lease of a reader that is gone expires.
  const entry: Entry<ModelBody> = key.entry.state === "lease" ? { state: "absent" } : key.entry;
  const after = readAlone(context, entry, { stored: key.stored, epoch: currentEpoch(context.state) });
  if (after.state !== "clean") {
    return "all writers are done, and a read leaves the key uncached: every read goes to the store for ever";
  }
  const { stored } = key;
  for (const definition of context.items) {
    if (definition.version > stored) continue;
    const { version } = definition.write;
    const { reply } = context.protocol.transitions.fence(after, { epoch: after.epoch, version, id: "1" });
    const step = context.protocol.writePlan.afterFence(definition.write, reply);
    if (step.next !== "acknowledge") {
      return "a redelivered write calls the store although the cache holds its version or a newer one";
    }
  }
  return null;
}

/** Runs one whole read without interruption, and returns the entry of the cache after it. */
function readAlone(
  context: ModelContext,
  entry: Entry<ModelBody>,
  world: { readonly stored: number; readonly epoch: number },
): Entry<ModelBody> {
  const { transitions } = context.protocol;
  const { epoch } = world;
  let held = entry;
  let step: ReadStep<ModelBody> = readPlan.afterGet(transitions.view(held, epoch));
  for (;;) {
    switch (step.next) {
      case "answer":
        return transitions.view(held, epoch);
      case "heal":
        held = transitions.heal(held, step.seen);
        step = { next: "lease" };
        break;
      case "lease": {
        const token = "1";
        const leased = transitions.lease(held, { epoch, token });
        held = leased.entry;
        step = readPlan.afterLease(leased.reply, token);
        break;
      }
      case "read-store":
        held = settleEntry(transitions, held, step.then, { epoch, ordinal: world.stored });
        return transitions.view(held, epoch);
    }
  }
}

function outlivesItsWrite(context: ModelContext, index: number): boolean {
  const { entry, stored } = at(context.state.keys, index);
  if (entry.state !== "fence") return false;
  const pending = ordinalOf(entry.pending);
  if (pending > stored) return false;
  return context.items.some(
    (definition, item) =>
      definition.key === index &&
      definition.version === pending &&
      itemOf(context, item).phase === ITEM_PHASE.acknowledged,
  );
}

function isWithoutFaults(context: ModelContext): boolean {
  const { world } = context;
  return (
    world.evictions === "none" &&
    world.crashes === 0 &&
    world.latePuts === 0 &&
    world.lateCommands === 0 &&
    !world.epochChange &&
    context.items.every((item) => item.write.populate === "always")
  );
}

/** The check depends only on the cache's entry and the store's record. */
function memoized(check: (key: KeyState) => string | null): (key: KeyState) => string | null {
  const known = new Map<number, string | null>();
  return (key) => {
    const code = encodeEntry(key.entry) | (key.stored << 12);
    const result = known.get(code);
    if (result !== undefined) return result;
    const fresh = check(key);
    known.set(code, fresh);
    return fresh;
  };
}
