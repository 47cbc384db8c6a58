/** Cache commands whose sender no longer waits: they execute at any later time, or never. */
import { type CacheTransitions, type Entry, NO_FENCE_ID, type Settlement } from "@trilane/write-through/protocol";
import { at } from "../engine/at.ts";
import { spend } from "../engine/budget.ts";
import { copyOf, FOREIGN, textOfId, versionOf, type ModelBody } from "./values.ts";

export const LATE_KIND = { none: 0, fence: 1, publish: 2, raise: 3, lease: 4, fill: 5, heal: 6 } as const;
export type LateKind = (typeof LATE_KIND)[keyof typeof LATE_KIND];

export interface LateCommand {
  kind: LateKind;
  /** 0 for an id or token that nobody else knows, and where there is none. */
  id: number;
  version: number;
  keep: boolean;
  epoch: number;
}

export const NO_COMMAND: LateCommand = { kind: LATE_KIND.none, id: 0, version: 0, keep: false, epoch: 0 };

const LATE_COMMANDS_MAX = 3;

/** @throws RangeError naming the world, for more late commands than a state can hold */
export function assertLateCommands(world: string, count: number): void {
  if (count > LATE_COMMANDS_MAX) throw new RangeError(`world ${world}: at most ${LATE_COMMANDS_MAX} late commands`);
}

/** Sends a command on its way; false when no more commands may be late. */
export function sendLate<Command extends LateCommand>(
  state: { readonly late: readonly Command[]; lateCommandsLeft: number },
  command: Command,
): boolean {
  const slot = state.late.find(({ kind }) => kind === LATE_KIND.none);
  if (slot === undefined || !spend(state, "lateCommandsLeft")) return false;
  Object.assign(slot, command);
  return true;
}

const NAMES: readonly string[] = ["", "FENCE", "PUBLISH", "RAISE", "LEASE", "FILL", "HEAL"];

export function nameOfKind(kind: LateKind): string {
  return at(NAMES, kind);
}

/**
 * The entry after the command. A fence or lease that nobody else knows gets its name only when the command executes.
 */
export function execute(
  transitions: CacheTransitions<ModelBody>,
  entry: Entry<ModelBody>,
  { kind, id, version, keep, epoch }: LateCommand,
  takeFreshId: () => number,
): Entry<ModelBody> {
  const copy = copyOf(version);
  const ownId = (): string => textOfId(id === 0 ? takeFreshId() : id);
  switch (kind) {
    case LATE_KIND.none:
      return entry;
    case LATE_KIND.fence:
      return transitions.fence(entry, { epoch, version: versionOf(version), id: ownId() }).entry;
    case LATE_KIND.publish:
      return transitions.publish(entry, { epoch, id: id === 0 ? NO_FENCE_ID : textOfId(id), copy, keep });
    case LATE_KIND.raise:
      return transitions.raise(entry, { epoch, id: id === 0 ? null : textOfId(id), copy, keep });
    case LATE_KIND.lease:
      return transitions.lease(entry, { epoch, token: ownId() }).entry;
    case LATE_KIND.fill:
      return transitions.fill(entry, { epoch, token: textOfId(id), copy, keep });
    case LATE_KIND.heal:
      return transitions.heal(entry, FOREIGN);
  }
}

/** FILL or RAISE as a reader sends it, which always keeps the copy. */
export function settleEntry(
  transitions: CacheTransitions<ModelBody>,
  entry: Entry<ModelBody>,
  settlement: Settlement,
  read: { readonly epoch: number; readonly ordinal: number },
): Entry<ModelBody> {
  const command = { epoch: read.epoch, copy: copyOf(read.ordinal), keep: true };
  return settlement.with === "fill"
    ? transitions.fill(entry, { ...command, token: settlement.token })
    : transitions.raise(entry, { ...command, id: settlement.id });
}
