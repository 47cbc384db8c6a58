/**
 * Keeps the slices of each partition in line. They are written at the same time,
 * and settled one after the other: a slice that cannot be settled takes those
 * behind it out of the line with it, so no commit passes it. They come again.
 */
import { type PartitionId, partitionName } from "./stream-source.ts";

export interface PartitionLine {
  readonly isOpen: boolean;
  /** Resolves when the slices that came so far are settled, or are out of line. */
  readonly settled: Promise<void>;
}

interface Line {
  isOpen: boolean;
  settled: Promise<void>;
}

export class PartitionLines {
  readonly #lines = new Map<string, Line>();

  of(partition: PartitionId): PartitionLine {
    return this.#lineOf(partitionName(partition));
  }

  /**
   * Adds a slice. `work` gets a promise that resolves when the slices before it are settled; it must not settle anything
   * before that, nor when the line is closed by then. It never rejects.
   */
  add(partition: PartitionId, work: (line: PartitionLine, before: Promise<void>) => Promise<void>): void {
    const line = this.#lineOf(partitionName(partition));
    line.settled = work(line, line.settled);
  }

  /** Takes all slices of the partition out of the line; the next ones begin another. */
  close(partition: PartitionId): void {
    const name = partitionName(partition);
    const line = this.#lines.get(name);
    if (line === undefined) return;
    line.isOpen = false;
    const next: Line = { isOpen: true, settled: line.settled };
    this.#lines.set(name, next);
  }

  /** Resolves when all slices that came so far are settled, or are out of line. */
  async idle(): Promise<void> {
    await Promise.all([...this.#lines.values()].map(({ settled }) => settled));
  }

  #lineOf(name: string): Line {
    const known = this.#lines.get(name);
    if (known !== undefined) return known;
    const line: Line = { isOpen: true, settled: Promise.resolve() };
    this.#lines.set(name, line);
    return line;
  }
}
