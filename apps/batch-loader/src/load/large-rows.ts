/**
 * Rows that are too large for the store. Only their encoding shows that, and a
 * row that has lost is never encoded. So whether such a row is dead is decided
 * when all other rows of its load are written: where the store holds a higher
 * version of its key by then, the row is superseded as any other one.
 *
 * The outcome is the same however the load is cut into units and calls, and in
 * whatever order these are written.
 */
import {
  type FeatureChange,
  type FeatureConfig,
  OVERSIZED,
  rankOfChange,
  type SubjectDigests,
} from "@trilane/feature-groups";
import { type CoreError, itemAt, type ReadResult, type Receipt } from "@trilane/write-through";
import type { RowSlice } from "../formats/row-slice.ts";

export type DeadReceipt = Extract<Receipt, { readonly status: "dead" }>;

/** By the position of the row in its object. */
export type LargeRows = Map<number, DeadReceipt>;

export interface WrittenSlice {
  readonly slice: RowSlice;
  /** One for each input. */
  readonly receipts: readonly Receipt[];
}

/** Puts rows that are too large among `large`, and gives the others. */
export function withoutLarge({ slice, receipts }: WrittenSlice, large: LargeRows): WrittenSlice {
  const found = receipts.flatMap((receipt, index) => (isTooLarge(receipt) ? [{ receipt, index }] : []));
  if (found.length === 0) return { slice, receipts };
  for (const { receipt, index } of found) large.set(slice.orderOf(index), receipt);
  const kept = [...receipts.keys()].filter((index) => !isTooLarge(itemAt(receipts, index)));
  return { slice: someRowsOf(slice, kept), receipts: kept.map((index) => itemAt(receipts, index)) };
}

/** The rows of a slice that are among `large`. */
export function largeRowsOf(slice: RowSlice, large: LargeRows): RowSlice {
  const indexes = Array.from({ length: slice.inputs.length }, (_, index) => index);
  const kept = indexes.filter((index) => large.has(slice.orderOf(index)));
  return { ...someRowsOf(slice, kept), bad: [] };
}

function isTooLarge(receipt: Receipt): receipt is DeadReceipt {
  return receipt.status === "dead" && receipt.reason === OVERSIZED;
}

function someRowsOf(slice: RowSlice, indexes: readonly number[]): RowSlice {
  return {
    inputs: indexes.map((index) => slice.inputs.at(index)),
    positionOf: (index) => slice.positionOf(itemAt(indexes, index)),
    orderOf: (index) => slice.orderOf(itemAt(indexes, index)),
    bad: slice.bad,
  };
}

/** Whether the store holds a higher version of a change's key; or the error for which it cannot be told. */
export type Beaten = boolean | CoreError;

/** One answer per change, in order. */
export type AreBeaten = (changes: readonly FeatureChange[], sourceTimeUs: number) => Promise<readonly Beaten[]>;

export interface BeatenPorts {
  readonly config: FeatureConfig;
  readonly subjects: SubjectDigests;
  readonly clock: { readonly nowMs: () => number };
  readonly coreReader: { readonly read: (keys: readonly string[]) => Promise<readonly ReadResult[]> };
}

export function beatenInStore({ config, subjects, clock, coreReader }: BeatenPorts): AreBeaten {
  return async (changes, sourceTimeUs) => {
    const context = { lane: "batch", nowMs: clock.nowMs(), sourceTimeUs, subjects } as const;
    const ranks = changes.map((change) => rankOfChange(config, change, context));
    const known = ranks.filter((rank) => rank !== null);
    const results = await coreReader.read(known.map(({ key }) => key));
    const byKey = new Map(known.map(({ key }, index) => [key, itemAt(results, index)]));
    return ranks.map((rank) => {
      const result = rank === null ? undefined : byKey.get(rank.key);
      if (rank === null || result === undefined) return false;
      return result.kind === "failed" ? result.error : result.version > rank.versionMax;
    });
  };
}
