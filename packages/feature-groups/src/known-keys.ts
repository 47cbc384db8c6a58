/**
 * Keys of a group by the texts of their fields, for the keys that come again
 * and again. Such a key is found by texts whose hashes the engine knows, and it
 * is the same string each time, whose hash it knows as well. A group whose keys
 * do not come again soon is not remembered any longer.
 */
import type { FeatureGroup } from "./define-config.ts";

const KEYS_MAX = 50_000;
/** The engine holds a longer text, such as a field of a CSV row, by the whole text that it was cut from. */
const TEXT_LENGTH_MAX = 12;

type Branch = Map<string, Branch | string>;
type Fields = Readonly<Record<string, unknown>>;

/** Null for a group whose keys are not remembered. */
const byGroup = new WeakMap<FeatureGroup, KnownKeys | null>();

export class KnownKeys {
  readonly #fields: readonly string[];
  #root: Branch = new Map();
  #count = 0;
  #found = 0;

  private constructor(fields: readonly string[]) {
    this.#fields = fields;
  }

  /** Null where a part of the key is not the text of its field. */
  static of(group: FeatureGroup): KnownKeys | null {
    const known = byGroup.get(group);
    if (known !== undefined) return known;
    const { eventTime, key, keyTypes } = group;
    const isText = (field: string): boolean =>
      keyTypes[field] === undefined && !("field" in eventTime && eventTime.field === field);
    const made = key.every(isText) ? new KnownKeys(key) : null;
    byGroup.set(group, made);
    return made;
  }

  /** Undefined for a key that is not known. */
  find(fields: Fields): string | undefined {
    let at: Branch | string | undefined = this.#root;
    for (const field of this.#fields) {
      const value = fields[field];
      if (typeof value !== "string" || typeof at !== "object") return undefined;
      at = at.get(value);
    }
    if (typeof at !== "string") return undefined;
    this.#found += 1;
    return at;
  }

  /** Takes the key of these fields, which `find` did not find. */
  remember(group: FeatureGroup, fields: Fields, key: string): void {
    const texts: string[] = [];
    for (const field of this.#fields) {
      const value = fields[field];
      if (typeof value !== "string" || value.length > TEXT_LENGTH_MAX) return;
      texts.push(value);
    }
    if (this.#count >= KEYS_MAX) this.#forget(group);
    this.#count += 1;
    const last = texts.pop() ?? "";
    let at = this.#root;
    for (const text of texts) {
      const next = at.get(text) ?? new Map<string, Branch | string>();
      at.set(text, next);
      at = next as Branch;
    }
    at.set(last, key);
  }

  /** A group whose keys were found more rarely than they were remembered is given up. */
  #forget(group: FeatureGroup): void {
    if (this.#found < this.#count) byGroup.set(group, null);
    this.#root = new Map();
    this.#count = 0;
    this.#found = 0;
  }
}
