/**
 * Keys of a group by the bytes of their fields, so that the key of a record is
 * found without a text of it. It is the same string each time. The table is as
 * small as its keys allow, because most of a look is the wait for memory.
 */
const KEYS_MAX = 50_000;
/** Powers of two; the table has at least twice as many slots as keys. */
const [SLOTS_MIN, SLOTS_MAX] = [1_024, 131_072];
/** Keys whose hashes meet are looked for in so many slots; one that has no room there is not remembered. */
const PROBES_MAX = 8;
/** A key of longer fields would take much memory. */
const KEY_BYTES_MAX = 128;
const [FNV_OFFSET, FNV_PRIME] = [0x81_1c_9d_c5, 0x01_00_01_93];

interface KnownKey {
  /** Each field's length as one character, and its ASCII. */
  readonly text: string;
  readonly hash: number;
  readonly key: string;
}

/** The parts of some bytes that are fields. */
export interface FieldSpans {
  readonly bytes: Uint8Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

/** Those of them that are the key's. */
export interface KeySpans extends FieldSpans {
  /** For each field of the key, its position among the spans. */
  readonly fields: readonly number[];
}

type Slots = (KnownKey | undefined)[];

export class ScannedKeys {
  #slots = slotsOf(SLOTS_MIN);
  #count = 0;
  #found = 0;
  #isLearning = true;

  /** False once keys were found so rarely that no more are remembered. */
  get isLearning(): boolean {
    return this.#isLearning;
  }

  /** Undefined for a key that is not known. */
  find(spans: KeySpans): string | undefined {
    const hash = hashOf(spans);
    const last = this.#slots.length - 1;
    for (let probe = 0; probe < PROBES_MAX; probe += 1) {
      const known = this.#slots[(hash + probe) & last];
      if (known === undefined) return undefined;
      if (known.hash === hash && isSame(known.text, spans)) {
        this.#found += 1;
        return known.key;
      }
    }
    return undefined;
  }

  /** Takes the key of these fields, which `find` did not find. */
  remember(spans: KeySpans, key: string): void {
    if (!this.#isLearning) return;
    if (this.#count >= KEYS_MAX) this.#forget();
    const text = textOf(spans);
    if (text === null || !this.#isLearning) return;
    if (2 * this.#count >= this.#slots.length && this.#slots.length < SLOTS_MAX) this.#grow();
    if (put(this.#slots, { text, hash: hashOf(spans), key })) this.#count += 1;
  }

  #grow(): void {
    const slots = slotsOf(2 * this.#slots.length);
    for (const known of this.#slots) if (known !== undefined) put(slots, known);
    this.#slots = slots;
  }

  /** Keys that were found more rarely than they were remembered do not come again soon, so no more are remembered. */
  #forget(): void {
    this.#isLearning = this.#found >= this.#count;
    this.#slots = slotsOf(SLOTS_MIN);
    this.#count = 0;
    this.#found = 0;
  }
}

function slotsOf(count: number): Slots {
  return Array.from({ length: count }, () => undefined);
}

/** False where the key has no room. */
function put(slots: Slots, known: KnownKey): boolean {
  for (let probe = 0; probe < PROBES_MAX; probe += 1) {
    const slot = (known.hash + probe) & (slots.length - 1);
    if (slots[slot] !== undefined) continue;
    slots[slot] = known;
    return true;
  }
  return false;
}

/** From 0 to 2^30 - 1, which the engine holds without a box. */
function hashOf({ bytes, starts, ends, fields }: KeySpans): number {
  let hash = FNV_OFFSET;
  for (let index = 0; index < fields.length; index += 1) {
    const field = fields[index] as number;
    const end = ends[field] as number;
    for (let at = starts[field] as number; at < end; at += 1) hash = Math.imul(hash ^ (bytes[at] as number), FNV_PRIME);
    hash = Math.imul(hash, FNV_PRIME);
  }
  return (hash ^ (hash >>> 15)) & 0x3f_ff_ff_ff;
}

function isSame(text: string, { bytes, starts, ends, fields }: KeySpans): boolean {
  let from = 0;
  for (let index = 0; index < fields.length; index += 1) {
    const field = fields[index] as number;
    const start = starts[field] as number;
    const length = (ends[field] as number) - start;
    if (text.charCodeAt(from) !== length) return false;
    from += 1;
    for (let at = 0; at < length; at += 1) if (text.charCodeAt(from + at) !== bytes[start + at]) return false;
    from += length;
  }
  return true;
}

/** Null for a key that is too long. */
function textOf({ bytes, starts, ends, fields }: KeySpans): string | null {
  const parts: number[] = [];
  for (const field of fields) {
    const part = bytes.subarray(starts[field], ends[field]);
    parts.push(part.length, ...part.subarray(0, KEY_BYTES_MAX));
  }
  return parts.length > KEY_BYTES_MAX ? null : String.fromCharCode(...parts);
}
