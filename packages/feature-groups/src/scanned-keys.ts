/**
 * Keys of a group by the bytes of their fields, so that the key of a record is
 * found without a text of it. It is the same string each time.
 */
const KEYS_MAX = 50_000;
/** A power of two above twice the keys. */
const SLOTS = 131_072;
/** Keys whose hashes meet are looked for in so many slots; one that has no room there is not remembered. */
const PROBES_MAX = 8;
/** A key of longer fields would take much memory. */
const KEY_BYTES_MAX = 128;
const [FNV_OFFSET, FNV_PRIME] = [0x81_1c_9d_c5, 0x01_00_01_93];

interface KnownKey {
  /** The bytes of all fields. */
  readonly fields: Uint8Array;
  /** Where each field ends in them. */
  readonly ends: readonly number[];
  readonly key: string;
}

/** The parts of some bytes that are the key's fields. */
export interface KeySpans {
  readonly bytes: Uint8Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** For each field of the key, its position among the spans. */
  readonly fields: readonly number[];
}

export class ScannedKeys {
  #slots: (KnownKey | undefined)[] = Array.from({ length: SLOTS });
  #count = 0;
  #found = 0;
  #isLearning = true;

  /** Undefined for a key that is not known. */
  find(spans: KeySpans): string | undefined {
    if (this.#count === 0) return undefined;
    const hash = hashOf(spans);
    for (let probe = 0; probe < PROBES_MAX; probe += 1) {
      const known = this.#slots[(hash + probe) % SLOTS];
      if (known === undefined) return undefined;
      if (isSame(known, spans)) {
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
    const known = knownKeyOf(spans, key);
    if (known === null) return;
    const hash = hashOf(spans);
    for (let probe = 0; probe < PROBES_MAX; probe += 1) {
      const slot = (hash + probe) % SLOTS;
      if (this.#slots[slot] !== undefined) continue;
      this.#slots[slot] = known;
      this.#count += 1;
      return;
    }
  }

  /** Keys that were found more rarely than they were remembered do not come again soon, so no more are remembered. */
  #forget(): void {
    this.#isLearning = this.#found >= this.#count;
    this.#slots = this.#isLearning ? Array.from({ length: SLOTS }) : [];
    this.#count = 0;
    this.#found = 0;
  }
}

function hashOf({ bytes, starts, ends, fields }: KeySpans): number {
  let hash = FNV_OFFSET;
  for (let index = 0; index < fields.length; index += 1) {
    const field = fields[index] as number;
    const end = ends[field] as number;
    for (let at = starts[field] as number; at < end; at += 1) hash = Math.imul(hash ^ (bytes[at] as number), FNV_PRIME);
    hash = Math.imul(hash, FNV_PRIME);
  }
  return (hash ^ (hash >>> 15)) >>> 0;
}

function isSame(known: KnownKey, { bytes, starts, ends, fields }: KeySpans): boolean {
  let from = 0;
  for (let index = 0; index < fields.length; index += 1) {
    const field = fields[index] as number;
    const start = starts[field] as number;
    const length = (known.ends[index] as number) - from;
    if ((ends[field] as number) - start !== length) return false;
    for (let at = 0; at < length; at += 1) if (known.fields[from + at] !== bytes[start + at]) return false;
    from += length;
  }
  return true;
}

/** Null for a key that is too long. */
function knownKeyOf({ bytes, starts, ends, fields }: KeySpans, key: string): KnownKey | null {
  const parts = fields.map((field) => bytes.subarray(starts[field], ends[field]));
  const total = parts.reduce((sum, { length }) => sum + length, 0);
  if (total > KEY_BYTES_MAX) return null;
  let end = 0;
  return { fields: Buffer.concat(parts), ends: parts.map(({ length }) => (end += length)), key };
}
