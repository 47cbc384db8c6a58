/**
 * Bounds what is under way: records that were taken from the source and are not
 * settled yet. While some are written, the next ones are fetched and decoded, as
 * far as there is room. A slice that is larger than the window has it alone.
 */
import type { StreamRecord } from "./stream-source.ts";

export interface WindowLimits {
  readonly recordsMax: number;
  /** Bytes of keys and values. */
  readonly bytesMax: number;
}

export interface SliceSize {
  readonly records: number;
  readonly bytes: number;
}

export function sizeOf(records: readonly StreamRecord[]): SliceSize {
  let bytes = 0;
  for (const record of records) bytes += record.sizeBytes ?? (record.key?.length ?? 0) + (record.value?.length ?? 0);
  return { records: records.length, bytes };
}

export class SliceWindow {
  readonly #limits: WindowLimits;
  readonly #waiting: { readonly size: SliceSize; readonly go: () => void }[] = [];
  #records = 0;
  #bytes = 0;

  constructor(limits: WindowLimits) {
    this.#limits = limits;
  }

  /** Resolves when there is room, which the slice then has until {@link leave}. Slices keep their order. */
  async enter(size: SliceSize): Promise<void> {
    if (this.#waiting.length > 0 || !this.#hasRoom(size)) {
      await new Promise<void>((go) => this.#waiting.push({ size, go }));
    } else this.#add(size, 1);
  }

  leave(size: SliceSize): void {
    this.#add(size, -1);
    for (let first = this.#waiting[0]; first !== undefined && this.#hasRoom(first.size); first = this.#waiting[0]) {
      this.#waiting.shift();
      this.#add(first.size, 1);
      first.go();
    }
  }

  #hasRoom({ records, bytes }: SliceSize): boolean {
    const { recordsMax, bytesMax } = this.#limits;
    if (this.#records === 0) return true;
    return this.#records + records <= recordsMax && this.#bytes + bytes <= bytesMax;
  }

  #add({ records, bytes }: SliceSize, sign: 1 | -1): void {
    this.#records += sign * records;
    this.#bytes += sign * bytes;
  }
}
