/**
 * Reduction: of many records of one key only the one with the highest version
 * is written (rule 10). The others are superseded before anything is sent.
 */
import type { Version } from "./version.ts";

export interface Versioned {
  readonly key: string;
  readonly version: Version;
}

export interface Reduction<Record extends Versioned> {
  /** The highest version of each key, in the order in which keys first appear. */
  readonly winners: readonly Record[];
  /** For each input, the position in `winners` of its key's winner. */
  readonly winnerOf: Uint32Array;
}

/** Of equal versions the first record stands for all, because equal versions hold equal payloads. */
export function reduceByKey<Record extends Versioned>(records: readonly Record[]): Reduction<Record> {
  const positions = new Map<string, number>();
  const winners: Record[] = [];
  const winnerOf = new Uint32Array(records.length);
  records.forEach((record, index) => {
    const position = positions.get(record.key);
    if (position === undefined) {
      positions.set(record.key, winners.length);
      winnerOf[index] = winners.length;
      winners.push(record);
      return;
    }
    winnerOf[index] = position;
    const winner = winners[position];
    if (winner === undefined || winner.version < record.version) winners[position] = record;
  });
  return { winners, winnerOf };
}
