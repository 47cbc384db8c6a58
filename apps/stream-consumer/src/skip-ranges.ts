/**
 * Offsets that an operator gives up: records that stop a partition there go to
 * the dead letters instead. A range names its offsets, so it has no effect any
 * more once the partition is past them, however long the option stays set.
 */
import { SettingsError } from "@trilane/lane-kit";
import type { PartitionId } from "./stream-source.ts";

export interface SkipRange extends PartitionId {
  readonly firstOffset: bigint;
  readonly lastOffset: bigint;
}

const RANGE = /^(?<topic>[^/@\s]+)\/(?<partition>\d{1,9})@(?<first>\d{1,19})-(?<last>\d{1,19})$/;

/** Parses texts such as `flights/3@1200-1319`. @throws SettingsError */
export function parseSkipRanges(texts: readonly string[]): readonly SkipRange[] {
  return texts.map((text) => {
    const { topic, partition, first, last } = RANGE.exec(text)?.groups ?? {};
    if (topic === undefined || partition === undefined || first === undefined || last === undefined) {
      throw new SettingsError("--skip", `it is "${text}"; write <topic>/<partition>@<first>-<last offset>`);
    }
    const [firstOffset, lastOffset] = [BigInt(first), BigInt(last)];
    if (lastOffset < firstOffset) {
      throw new SettingsError("--skip", `it is "${text}"; the last offset comes before the first`);
    }
    return { topic, partition: Number(partition), firstOffset, lastOffset };
  });
}

/** Whether an operator gives up all of these offsets. */
export function isSkipped(
  ranges: readonly SkipRange[],
  { topic, partition }: PartitionId,
  { firstOffset, lastOffset }: { readonly firstOffset: bigint; readonly lastOffset: bigint },
): boolean {
  return ranges.some(
    (range) =>
      range.topic === topic &&
      range.partition === partition &&
      range.firstOffset <= firstOffset &&
      range.lastOffset >= lastOffset,
  );
}
