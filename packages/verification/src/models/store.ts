/** The store in the models: the highest put wins, whenever it lands. */

export interface ModelStore {
  stored: number;
  /** Bit n - 1: a put of ordinal n may still land. */
  latePuts: number;
}

export function landPut(store: ModelStore, version: number): void {
  if (store.stored < version) store.stored = version;
  // A put that is not above the stored version can no longer change anything.
  store.latePuts &= ~((1 << store.stored) - 1);
}

/** A late put lands; false where there is none of this version. */
export function landLatePut(store: ModelStore, version: number): boolean {
  if ((store.latePuts & (1 << (version - 1))) === 0) return false;
  landPut(store, version);
  return true;
}
