/**
 * A history: operations in columns, so that millions of them fit in little
 * memory.
 *
 * Keys and versions are numbered in the order of their appearance. Times are
 * nanoseconds since the first operation's invocation, so they are exact even
 * where the clock's own numbers exceed 2^53.
 */
import { at } from "../engine/at.ts";

export type OperationKind = "write" | "read";

export interface Operation {
  readonly process: number;
  readonly op: OperationKind;
  readonly key: string;
  /** Null: a read found no record. */
  readonly version: string | null;
  readonly invoke: number;
  /** Null: the outcome is unknown. */
  readonly return: number | null;
  /** Of a read: whether it answered a record. Without it, a read of a version did. */
  readonly found?: boolean;
}

/** The number of the version "no record". */
export const ABSENT_VERSION = -1;

const CAPACITY_MIN = 1024;

export class History {
  length = 0;
  readonly keys: Numbering = new Numbering();
  readonly versions: Numbering = new Numbering();
  #processes: Float64Array = new Float64Array(CAPACITY_MIN);
  #writes: Uint8Array = new Uint8Array(CAPACITY_MIN);
  #keys: Int32Array = new Int32Array(CAPACITY_MIN);
  #versions: Int32Array = new Int32Array(CAPACITY_MIN);
  #invokes: Float64Array = new Float64Array(CAPACITY_MIN);
  #returns: Float64Array = new Float64Array(CAPACITY_MIN);
  #lines: Uint32Array = new Uint32Array(CAPACITY_MIN);
  #founds: Uint8Array = new Uint8Array(CAPACITY_MIN);

  /** @param line the line of the input, for reports */
  add(operation: Operation, line: number = this.length + 1): void {
    if (this.length === this.#writes.length) this.#grow();
    const index = this.length++;
    this.#processes[index] = operation.process;
    this.#writes[index] = operation.op === "write" ? 1 : 0;
    this.#keys[index] = this.keys.numberOf(operation.key);
    this.#versions[index] = operation.version === null ? ABSENT_VERSION : this.versions.numberOf(operation.version);
    this.#invokes[index] = operation.invoke;
    this.#returns[index] = operation.return ?? Infinity;
    this.#lines[index] = line;
    this.#founds[index] = (operation.found ?? operation.version !== null) ? 1 : 0;
  }

  isWrite(index: number): boolean {
    return at(this.#writes, index) === 1;
  }

  keyOf(index: number): number {
    return at(this.#keys, index);
  }

  versionOf(index: number): number {
    return at(this.#versions, index);
  }

  invokeOf(index: number): number {
    return at(this.#invokes, index);
  }

  /** Infinity: the outcome is unknown. */
  returnOf(index: number): number {
    return at(this.#returns, index);
  }

  /** Whether a read answered a record; a read of a tombstone, or of an expired record, did not. */
  hasFound(index: number): boolean {
    return at(this.#founds, index) === 1;
  }

  lineOf(index: number): number {
    return at(this.#lines, index);
  }

  /** The operation as it was added. */
  read(index: number): Operation {
    const version = this.versionOf(index);
    const returned = this.returnOf(index);
    return {
      process: at(this.#processes, index),
      op: this.isWrite(index) ? "write" : "read",
      key: this.keys.nameOf(this.keyOf(index)),
      version: version === ABSENT_VERSION ? null : this.versions.nameOf(version),
      invoke: this.invokeOf(index),
      return: returned === Infinity ? null : returned,
    };
  }

  #grow(): void {
    const capacity = this.length * 2;
    this.#processes = enlarge(this.#processes, new Float64Array(capacity));
    this.#writes = enlarge(this.#writes, new Uint8Array(capacity));
    this.#keys = enlarge(this.#keys, new Int32Array(capacity));
    this.#versions = enlarge(this.#versions, new Int32Array(capacity));
    this.#invokes = enlarge(this.#invokes, new Float64Array(capacity));
    this.#returns = enlarge(this.#returns, new Float64Array(capacity));
    this.#lines = enlarge(this.#lines, new Uint32Array(capacity));
    this.#founds = enlarge(this.#founds, new Uint8Array(capacity));
  }
}

/** Numbers strings from 0 in the order of their appearance. */
export class Numbering {
  readonly #numbers: Map<string, number> = new Map();
  readonly #names: string[] = [];

  get size(): number {
    return this.#names.length;
  }

  numberOf(name: string): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    const number = this.#names.push(name) - 1;
    this.#numbers.set(name, number);
    return number;
  }

  nameOf(number: number): string {
    return at(this.#names, number);
  }
}

function enlarge<Column extends { set(from: Column): void }>(from: Column, into: Column): Column {
  into.set(from);
  return into;
}
