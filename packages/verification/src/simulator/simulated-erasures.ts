/** The list of erasures and the index of subjects as one process reaches them, over the store's network. */
import type {
  BlockEntry,
  ErasureBlocks,
  ErasureEntry,
  ErasureRequest,
  ErasureState,
  ErasureStore,
  SweepState,
} from "@trilane/write-through";
import type { MemoryStore } from "@trilane/write-through/testing";
import type { LaggingIndex } from "./lagging-index.ts";
import type { SimulatedStore } from "./simulated-store.ts";

export interface ErasureParts {
  readonly store: MemoryStore;
  readonly index: LaggingIndex;
  /** Erasures were announced, or came into force, at this moment. */
  readonly onAnnounced: (entries: readonly ErasureEntry[]) => void;
  readonly onEnforced: (upTo: number) => void;
}

export class SimulatedErasures implements ErasureStore {
  readonly #requests: SimulatedStore;
  readonly #parts: ErasureParts;

  constructor(requests: SimulatedStore, parts: ErasureParts) {
    this.#requests = requests;
    this.#parts = parts;
  }

  readState(): Promise<ErasureState> {
    return this.#send((store) => store.readState());
  }

  readTail(after: number, upTo: number): Promise<readonly ErasureEntry[]> {
    return this.#send((store) => store.readTail(after, upTo));
  }

  readEntries(after: number, upTo: number): Promise<readonly ErasureEntry[]> {
    return this.#send((store) => store.readEntries(after, upTo));
  }

  readBlocks(blocks: ErasureBlocks, take: (entries: readonly BlockEntry[]) => void): Promise<"read" | "replaced"> {
    return this.#send((store) => store.readBlocks(blocks, take));
  }

  announce(requests: readonly ErasureRequest[]): Promise<readonly ErasureEntry[]> {
    return this.#send(async (store) => {
      const entries = await store.announce(requests);
      this.#parts.onAnnounced(entries);
      return entries;
    });
  }

  enforce(number: number): Promise<void> {
    return this.#send(async (store) => {
      await store.enforce(number);
      this.#parts.onEnforced(number);
    });
  }

  async *openErasures(): AsyncGenerator<number> {
    const open = await this.#send(async (store) => {
      const numbers: number[] = [];
      for await (const number of store.openErasures()) numbers.push(number);
      return numbers;
    });
    yield* open;
  }

  saveSweep(number: number, from: SweepState, to: SweepState): Promise<boolean> {
    return this.#send((store) => store.saveSweep(number, from, to));
  }

  async *keysOf(subject: string): AsyncGenerator<readonly string[]> {
    yield await this.#send(() => Promise.resolve(this.#parts.index.keysOf(subject)));
  }

  claimSubjectKey(...parameters: Parameters<ErasureStore["claimSubjectKey"]>): Promise<string> {
    return this.#send((store) => store.claimSubjectKey(...parameters));
  }

  changeSubjectKey(...parameters: Parameters<ErasureStore["changeSubjectKey"]>): Promise<boolean> {
    return this.#send((store) => store.changeSubjectKey(...parameters));
  }

  forgetFormerSubjectKey(fingerprint: string): Promise<boolean> {
    return this.#send((store) => store.forgetFormerSubjectKey(fingerprint));
  }

  replaceBlocks(
    from: ErasureBlocks | null,
    upTo: number,
    entries: Iterable<BlockEntry>,
  ): Promise<ErasureBlocks | null> {
    return this.#send((store) => store.replaceBlocks(from, upTo, entries));
  }

  expireEntry(number: number, expiresAtMs: number): Promise<void> {
    return this.#send((store) => store.expireEntry(number, expiresAtMs));
  }

  restoreEntries(
    ...parameters: Parameters<ErasureStore["restoreEntries"]>
  ): ReturnType<ErasureStore["restoreEntries"]> {
    return this.#send((store) => store.restoreEntries(...parameters));
  }

  #send<Reply>(execute: (store: MemoryStore) => Promise<Reply>): Promise<Reply> {
    return this.#requests.request("erasures", () => execute(this.#parts.store));
  }
}
