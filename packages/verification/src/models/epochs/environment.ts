/**
 * The steps that no writer or reader takes: changes of the record and the
 * setting of its guard, failures of the servers, evictions, and the arrival of
 * late puts and commands.
 *
 * Any process may change the record. Since any process may also look at the
 * record, die or be cut off at any time, it makes no difference which one
 * changes it, so the model does not say which. A trip needs no reason, so every
 * reason that a process may have is covered.
 */
import { type CacheHealth } from "@trilane/write-through/protocol";
import { at } from "../../engine/at.ts";
import {
  admits,
  describeCacheEpoch,
  recordOf,
  type ModelAction,
  type ModelContext,
  describeServerEntry,
} from "./context.ts";
import { note, forEachOf, numbersBelow } from "../../engine/actions.ts";
import { spend } from "../../engine/budget.ts";
import { stateTerms } from "./clocks.ts";
import type { Trip } from "./world.ts";
import { LATE_KIND, nameOfKind, execute } from "../late-command.ts";
import { SERVERS, type ServerState, type ServerCommand, NO_SERVER_COMMAND } from "./state.ts";
import { landLatePut } from "../store.ts";

export function environmentActions(context: ModelContext): readonly ModelAction[] {
  const { world } = context;
  const isAlone = world.failovers === 0;
  const servers = numbersBelow(isAlone ? 1 : SERVERS);
  const versions = [...new Set(world.writers)];
  return [
    trip("answers"),
    trip("silent"),
    warmUp,
    ...forEachOf(servers, setGuard),
    ...(world.lateGuards ? [...forEachOf(servers, loseGuard), setLateGuard] : []),
    turnOn,
    ...(world.flushes === 0 ? [] : forEachOf(servers, flush)),
    ...(isAlone ? [] : [replicate, failOver, demote]),
    ...(world.evictions === "none" ? [] : forEachOf(servers, evict)),
    ...(world.latePuts === 0 ? [] : forEachOf(versions, landLate)),
    ...forEachOf(numbersBelow(world.lateCommands), executeLate),
  ];
}

function trip(health: CacheHealth): ModelAction {
  return (context) => {
    const { state, world, protocol } = context;
    if (!mayTrip(world.trips[state.recordEpoch - 1], health)) return false;
    const record = recordOf(state);
    const next = protocol.changes.trip(record, health);
    stateTerms(context, record);
    state.recordEpoch = next.epoch;
    state.recordMode = next.mode;
    state.owesGuard = next.mode !== "off";
    state.hasSeenGuard = false;
    note(context, () => `the cache epoch is tripped: ${describeCacheEpoch(next)}`);
    return true;
  };
}

function mayTrip(allowed: Trip | undefined, health: CacheHealth): boolean {
  if (allowed === undefined) return false;
  return allowed === "to-either" || (health === "answers") === (allowed === "to-warm");
}

function warmUp(context: ModelContext): boolean {
  const { state, world, protocol } = context;
  if (world.trips[state.recordEpoch - 2] === "off-for-good") return false;
  const next = protocol.changes.warmUp(recordOf(state));
  if (next === null) return false;
  state.recordMode = next.mode;
  state.owesGuard = true;
  state.hasSeenGuard = false;
  note(context, () => `the cache answers again: ${describeCacheEpoch(next)}`);
  return true;
}

/** Like `begin.lua`: the guard of an older epoch is replaced. */
function putGuard(server: ServerState, epoch: number): boolean {
  if (!server.isPrimary || server.guardEpoch >= epoch) return false;
  server.guardEpoch = epoch;
  server.isGuardIntact = true;
  return true;
}

function setGuard(context: ModelContext, index: number): boolean {
  const { state, protocol } = context;
  if (!state.owesGuard || !putGuard(at(state.servers, index), state.recordEpoch)) return false;
  state.owesGuard = protocol.guard.isSet === "any-number";
  state.hasSeenGuard = true;
  note(context, () => `the guard of epoch ${state.recordEpoch} is set on server ${index + 1}`);
  return true;
}

function loseGuard(context: ModelContext, index: number): boolean {
  const { state } = context;
  if (!state.owesGuard || state.lateGuardEpoch !== 0) return false;
  state.owesGuard = false;
  state.lateGuardEpoch = state.recordEpoch;
  state.lateGuardServer = index;
  note(context, () => `the guard of epoch ${state.recordEpoch} is sent to server ${index + 1} and gets no answer`);
  return true;
}

function setLateGuard(context: ModelContext): boolean {
  const { state } = context;
  const { lateGuardEpoch: epoch, lateGuardServer: index } = state;
  if (epoch === 0) return false;
  putGuard(at(state.servers, index), epoch);
  state.lateGuardEpoch = 0;
  state.lateGuardServer = 0;
  note(context, () => `the late guard of epoch ${epoch} reaches server ${index + 1}`);
  return true;
}

/** The process that turns the cache on has seen the guard, in the answer to its own command or by a check. */
function turnOn(context: ModelContext): boolean {
  const { state, protocol } = context;
  const record = recordOf(state);
  const next = protocol.changes.turnOn(record);
  if (next === null) return false;
  const isGuarded =
    protocol.guard.isNeeded === "sometimes" ||
    state.hasSeenGuard ||
    state.servers.some((server) => admits(context, server, record.epoch));
  if (!isGuarded) return false;
  const turned = context.time.turnOn(state);
  if (turned === "not yet") return false;
  state.recordMode = next.mode;
  state.hasSeenGuard = false;
  note(context, () => `${turned} the cache is turned on: ${describeCacheEpoch(next)}`);
  return true;
}

/** FLUSHALL, or a restart without data. */
function flush(context: ModelContext, index: number): boolean {
  const { state } = context;
  const server = at(state.servers, index);
  const isEmpty = server.entry.state === "absent" && server.guardEpoch === 0;
  if (isEmpty || !server.isPrimary || !spend(state, "flushesLeft")) return false;
  server.entry = { state: "absent" };
  server.guardEpoch = 0;
  server.isGuardIntact = true;
  note(context, () => `server ${index + 1} is flushed, or restarts empty`);
  return true;
}

/** The replica catches up with the primary; between two such steps it lags. */
function replicate(context: ModelContext): boolean {
  const { state } = context;
  const primary = at(state.servers, state.official);
  const replica = at(state.servers, 1 - state.official);
  if (replica.isPrimary) return false;
  replica.entry = primary.entry;
  replica.guardEpoch = primary.guardEpoch;
  replica.isGuardIntact = primary.isGuardIntact;
  note(context, () => `server ${2 - state.official} copies: ${describeServerEntry(primary.entry)}`);
  return true;
}

/** The replica is promoted as it is, and gets a replication id of its own. */
function failOver(context: ModelContext): boolean {
  const { state } = context;
  const promoted = at(state.servers, 1 - state.official);
  if (promoted.isPrimary || !spend(state, "failoversLeft")) return false;
  promoted.isPrimary = true;
  promoted.isGuardIntact = false;
  state.official = 1 - state.official;
  note(context, () => `server ${state.official + 1} is promoted, with ${describeServerEntry(promoted.entry)}`);
  return true;
}

/** The old primary becomes a replica, and has not copied anything yet. */
function demote(context: ModelContext): boolean {
  const { state } = context;
  const old = at(state.servers, 1 - state.official);
  if (!old.isPrimary) return false;
  old.isPrimary = false;
  note(context, () => `server ${2 - state.official} is made a replica`);
  return true;
}

/** Eviction, expiry of a lease, or another reason for which a server forgets one entry. */
function evict(context: ModelContext, index: number): boolean {
  const { world, state } = context;
  const server = at(state.servers, index);
  const { entry } = server;
  if (!server.isPrimary || entry.state === "absent") return false;
  if (entry.state === "fence" && world.evictions !== "any-state") return false;
  note(context, () => `server ${index + 1} loses ${describeServerEntry(entry)}`);
  server.entry = { state: "absent" };
  return true;
}

function landLate(context: ModelContext, version: number): boolean {
  if (!landLatePut(context.state, version)) return false;
  note(context, () => `the late STORE(${version}) lands`);
  return true;
}

function executeLate(context: ModelContext, slot: number): boolean {
  const command = at(context.state.late, slot);
  if (command.kind === LATE_KIND.none) return false;
  const server = at(context.state.servers, command.server);
  if (admits(context, server, command.epoch)) run(context, command, server);
  Object.assign(command, NO_SERVER_COMMAND);
  return true;
}

function run(context: ModelContext, command: ServerCommand, server: ServerState): void {
  server.entry = execute(context.protocol.transitions, server.entry, command, context.takeFreshId);
  const { kind, epoch } = command;
  note(context, () => `a late ${nameOfKind(kind)} of epoch ${epoch} executes: ${describeServerEntry(server.entry)}`);
}
