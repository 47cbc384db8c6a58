/**
 * What happens without a writer or reader taking a step: evictions and lease
 * expiry, late puts that land, late commands that execute, copies that begin
 * to lag, and the cache being switched off and on.
 */
import {
  currentEpoch,
  describeEntry,
  itemOf,
  keyName,
  keyOf,
  landPut,
  note,
  restartItem,
  type Action,
  type ModelContext,
} from "./context.ts";
import { endRead } from "./monitor.ts";
import { ITEM_PHASE, LATE_KIND, MODE, READER_PHASE, type LateCommand } from "./state.ts";
import { at, copyOf, FOREIGN, ordinalOf, textOfId, versionOf } from "../values.ts";

export function environmentActions(context: ModelContext): readonly Action[] {
  const { world } = context;
  const { settings } = context.protocol;
  const keys = Array.from({ length: world.keys }, (_, key) => key);
  const isLossy = world.evictions !== "none" || settings.fences === "expire";
  const ordinals = [...new Set(context.items.map((item) => item.version))];
  const slots = Array.from({ length: world.lateCommands }, (_, slot) => slot);
  return [
    ...(isLossy
      ? keys.map(
          (key): Action =>
            (now) =>
              loseEntry(now, key),
        )
      : []),
    ...(world.overwrites
      ? keys.map(
          (key): Action =>
            (now) =>
              overwriteEntry(now, key),
        )
      : []),
    ...(world.latePuts === 0
      ? []
      : keys.flatMap((key) =>
          ordinals.map(
            (ordinal): Action =>
              (now) =>
                landLate(now, key, ordinal),
          ),
        )),
    ...slots.map(
      (slot): Action =>
        (now) =>
          executeLate(now, slot),
    ),
    ...(settings.storeReads === "eventual"
      ? keys.map(
          (key): Action =>
            (now) =>
              lagStore(now, key),
        )
      : []),
    ...(settings.cacheReads === "lagging"
      ? keys.map(
          (key): Action =>
            (now) =>
              lagCache(now, key),
        )
      : []),
    ...(world.epochChange ? [changeMode] : []),
  ];
}

/** Eviction, expiry of a lease, or whatever else makes the server forget one entry. */
function loseEntry(context: ModelContext, index: number): boolean {
  const key = keyOf(context, index);
  const { entry } = key;
  if (entry.state === "absent") return false;
  if (!canLose(context, entry.state)) return false;
  note(context, () => `the cache${keyName(context, index)} loses ${describeEntry(entry)}`);
  key.entry = { state: "absent" };
  return true;
}

/** Another program writes over an entry, or its bytes are damaged: it is lost, and something is in its place. */
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
  const key = keyOf(context, index);
  if ((key.latePuts & (1 << (ordinal - 1))) === 0) return false;
  landPut(key, ordinal);
  note(context, () => `the late STORE(${ordinal})${keyName(context, index)} lands`);
  return true;
}

function executeLate(context: ModelContext, slot: number): boolean {
  const command = at(context.state.late, slot);
  if (command.kind === LATE_KIND.none) return false;
  const isGuarded = context.protocol.settings.guard === "checked";
  if (!isGuarded || command.epoch === currentEpoch(context.state)) run(context, command);
  Object.assign(command, { kind: LATE_KIND.none, key: 0, id: 0, version: 0, keep: false, epoch: 0 });
  return true;
}

function run(context: ModelContext, command: LateCommand): void {
  const { transitions } = context.protocol;
  const key = keyOf(context, command.key);
  const { epoch, keep } = command;
  const copy = copyOf(command.version);
  const id = textOfId(command.id);
  switch (command.kind) {
    case LATE_KIND.fence: {
      const version = versionOf(command.version);
      key.entry = transitions.fence(key.entry, { epoch, version, id: ownId(context, command) }).entry;
      break;
    }
    case LATE_KIND.publish:
      key.entry = transitions.publish(key.entry, { epoch, id, copy, keep });
      break;
    case LATE_KIND.raise:
      key.entry = transitions.raise(key.entry, { epoch, id: command.id === 0 ? null : id, copy, keep });
      break;
    case LATE_KIND.heal:
      key.entry = transitions.heal(key.entry, FOREIGN);
      break;
    case LATE_KIND.lease:
      key.entry = transitions.lease(key.entry, { epoch, token: ownId(context, command) }).entry;
      break;
    default:
      key.entry = transitions.fill(key.entry, { epoch, token: id, copy, keep });
  }
  note(
    context,
    () => `a late ${nameOf(command)}${keyName(context, command.key)} executes: ${describeEntry(key.entry)}`,
  );
}

/** What nobody else knows is named only when it executes. */
function ownId(context: ModelContext, command: LateCommand): string {
  return textOfId(command.id === 0 ? context.takeFreshId() : command.id);
}

const LATE_NAMES: readonly string[] = ["", "FENCE", "PUBLISH", "RAISE", "LEASE", "FILL", "HEAL"];

function nameOf(command: LateCommand): string {
  const id = command.id === 0 ? "" : `#${command.id}, `;
  return `${at(LATE_NAMES, command.kind)}(${id}${command.version})`;
}

/** From here on an eventually consistent read may still see what is stored now. */
function lagStore(context: ModelContext, index: number): boolean {
  const key = keyOf(context, index);
  if (key.laggingStore === key.stored + 1) return false;
  key.laggingStore = key.stored + 1;
  note(context, () => `a replica of the store begins to lag at ${key.stored}`);
  return true;
}

/** A replica, or a process, has the clean copy that is in the cache now. */
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
 * On, off, on again in the next epoch. Everybody learns it at once: writers start
 * again, reads under way have no outcome. The model of the epochs explores how
 * processes learn it one by one.
 */
function changeMode(context: ModelContext): boolean {
  const { state } = context;
  if (state.mode === MODE.onAgain) return false;
  state.mode = state.mode === MODE.on ? MODE.off : MODE.onAgain;
  note(context, () => (state.mode === MODE.off ? "the cache is switched off" : "the cache is on, in a new epoch"));
  context.items.forEach((_, index) => {
    const item = itemOf(context, index);
    if (item.phase < ITEM_PHASE.acknowledged) restartItem(context, item);
  });
  for (const reader of state.readers) if (reader.phase !== READER_PHASE.idle) endRead(reader);
  return true;
}
