/**
 * The steps that no writer or reader takes: evictions and the expiry of leases,
 * late puts that land, late commands that execute, copies that begin to lag,
 * and the cache being switched off and on.
 */
import { currentEpoch, itemOf, keyName, keyOf, restartItem, type ModelContext, type ModelAction } from "./context.ts";
import { describeEntry } from "../entry-codec.ts";
import { note, forEachOf, numbersBelow } from "../../engine/actions.ts";
import { endRead } from "./monitor.ts";
import { ITEM_PHASE, MODE, READER_PHASE, type KeyCommand, NO_KEY_COMMAND } from "./state.ts";
import { LATE_KIND, nameOfKind, execute } from "../late-command.ts";
import { at } from "../../engine/at.ts";
import { FOREIGN, ordinalOf } from "../values.ts";
import { landLatePut } from "../store.ts";

export function environmentActions(context: ModelContext): readonly ModelAction[] {
  const { world } = context;
  const { settings } = context.protocol;
  const keys = numbersBelow(world.keys);
  const isLossy = world.evictions !== "none" || settings.fences === "expire";
  const ordinals = [...new Set(context.items.map((item) => item.version))];
  return [
    ...(isLossy ? forEachOf(keys, loseEntry) : []),
    ...(world.overwrites ? forEachOf(keys, overwriteEntry) : []),
    ...(world.latePuts === 0
      ? []
      : keys.flatMap((key) => forEachOf(ordinals, (now: ModelContext, ordinal) => landLate(now, key, ordinal)))),
    ...forEachOf(numbersBelow(world.lateCommands), executeLate),
    ...(settings.storeReads === "eventual" ? forEachOf(keys, lagStore) : []),
    ...(settings.cacheReads === "lagging" ? forEachOf(keys, lagCache) : []),
    ...(world.epochChange ? [changeMode] : []),
  ];
}

/** Eviction, expiry of a lease, or another reason for which the server forgets one entry. */
function loseEntry(context: ModelContext, index: number): boolean {
  const key = keyOf(context, index);
  const { entry } = key;
  if (entry.state === "absent") return false;
  if (!canLose(context, entry.state)) return false;
  note(context, () => `the cache${keyName(context, index)} loses ${describeEntry(entry)}`);
  key.entry = { state: "absent" };
  return true;
}

/**
 * Another program writes over an entry, or its bytes are damaged. The entry is lost, and a foreign value replaces it.
 */
function overwriteEntry(context: ModelContext, index: number): boolean {
  const key = keyOf(context, index);
  const { entry } = key;
  if (entry.state === "foreign" || (entry.state !== "absent" && !canLose(context, entry.state))) return false;
  note(context, () => `another program writes over ${describeEntry(entry)}${keyName(context, index)}`);
  key.entry = FOREIGN;
  return true;
}

function canLose(context: ModelContext, state: "clean" | "fence" | "lease" | "foreign"): boolean {
  if (context.world.evictions === "any-state") return true;
  if (state === "fence") return context.protocol.settings.fences === "expire";
  return context.world.evictions === "all-but-fences";
}

function landLate(context: ModelContext, index: number, ordinal: number): boolean {
  if (!landLatePut(keyOf(context, index), ordinal)) return false;
  note(context, () => `the late STORE(${ordinal})${keyName(context, index)} lands`);
  return true;
}

function executeLate(context: ModelContext, slot: number): boolean {
  const command = at(context.state.late, slot);
  if (command.kind === LATE_KIND.none) return false;
  const isGuarded = context.protocol.settings.guard === "checked";
  if (!isGuarded || command.epoch === currentEpoch(context.state)) run(context, command);
  Object.assign(command, NO_KEY_COMMAND);
  return true;
}

function run(context: ModelContext, command: KeyCommand): void {
  const key = keyOf(context, command.key);
  key.entry = execute(context.protocol.transitions, key.entry, command, context.takeFreshId);
  note(
    context,
    () => `a late ${nameOf(command)}${keyName(context, command.key)} executes: ${describeEntry(key.entry)}`,
  );
}

function nameOf({ kind, id, version }: KeyCommand): string {
  return `${nameOfKind(kind)}(${id === 0 ? "" : `#${id}, `}${version})`;
}

/** From now on an eventually consistent read may still see the present state of the store. */
function lagStore(context: ModelContext, index: number): boolean {
  const key = keyOf(context, index);
  if (key.laggingStore === key.stored + 1) return false;
  key.laggingStore = key.stored + 1;
  note(context, () => `a replica of the store begins to lag at ${key.stored}`);
  return true;
}

/** A replica, or a process, keeps the clean copy that is in the cache now. */
function lagCache(context: ModelContext, index: number): boolean {
  const key = keyOf(context, index);
  if (key.entry.state !== "clean") return false;
  const shown = 1 + ordinalOf(key.entry.copy.version);
  if (key.laggingCache === shown) return false;
  key.laggingCache = shown;
  note(context, () => `a copy of the cache begins to lag at ${shown - 1}`);
  return true;
}

/**
 * The cache goes off, and then on again in the next epoch. All processes learn it at once: writers start again, and
 * reads under way have no outcome. The model of the epochs explores how processes learn it one by one.
 */
function changeMode(context: ModelContext): boolean {
  const { state } = context;
  if (state.mode === MODE.onAgain) return false;
  state.mode = state.mode === MODE.on ? MODE.off : MODE.onAgain;
  note(context, () => (state.mode === MODE.off ? "the cache is switched off" : "the cache is on, in a new epoch"));
  context.items.forEach((_, index) => {
    const item = itemOf(context, index);
    if (item.phase < ITEM_PHASE.acknowledged) restartItem(item);
  });
  for (const reader of state.readers) if (reader.phase !== READER_PHASE.idle) endRead(reader);
  return true;
}
