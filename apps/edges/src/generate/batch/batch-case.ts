/** Partitions of all kinds, and the sizes in which they are fetched. */
import fc from "fast-check";
import { CODEC_NAMES } from "./compress.ts";
import type { LogStep } from "./partition-log.ts";

export interface BatchCase {
  readonly steps: readonly LogStep[];
  /** Of each fetch, in turn. */
  readonly fetchBytesMax: readonly number[];
  readonly recordsMax: number;
  readonly bytesMax: number;
}

const PRODUCERS = 4;
const STEPS_MAX = 24;
const RECORDS_MAX = 12;
/** Now and then a value is repetitive and long, so that copies of the codecs are met. */
const LONG_BYTES_MAX = 70_000;

const bytes = fc.uint8Array({ maxLength: 40 }).map((own) => Buffer.from(own));
const longs = fc
  .tuple(fc.nat(255), fc.nat(LONG_BYTES_MAX), bytes)
  .map(([byte, length, tail]) => Buffer.concat([Buffer.alloc(length, byte), tail]));
const values = fc.option(fc.oneof({ weight: 12, arbitrary: bytes }, { weight: 1, arbitrary: longs }), { nil: null });
// As the key of an abort marker begins.
const keys = fc.option(fc.oneof(bytes, fc.constant(Buffer.alloc(4))), { nil: null });
const headers = fc.array(
  fc.record({
    name: fc.constantFrom("trace", "constructor", "__proto__", "", "ü", "trace"),
    value: fc.option(bytes, { nil: null }),
  }),
  { maxLength: 4 },
);
const timestamps = fc.oneof(fc.integer({ min: 0, max: 4_102_444_800_000 }), fc.constant(0));

const records = fc.array(
  fc.record({
    timestampMs: timestamps,
    key: keys,
    value: values,
    headers,
    isCompacted: fc.boolean(),
  }),
  { maxLength: RECORDS_MAX },
);

const batches: fc.Arbitrary<LogStep> = fc.record({
  kind: fc.constant("batch" as const),
  producer: fc.option(fc.nat(PRODUCERS - 1), { nil: null, freq: 2 }),
  codec: fc.constantFrom(...CODEC_NAMES),
  records: fc
    .tuple(records, fc.boolean())
    .map(([own, isCompacted]) => (isCompacted ? own : own.map((one) => ({ ...one, isCompacted: false })))),
  appendTimestampMs: fc.option(timestamps, { nil: null, freq: 3 }),
  gap: fc.constantFrom(0, 0, 0, 1, 5_000),
  damage: fc.oneof({ weight: 15, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.nat(1_000_000) }),
});

const ends: fc.Arbitrary<LogStep> = fc.record({
  kind: fc.constant("end" as const),
  producer: fc.nat(PRODUCERS - 1),
  isAborted: fc.boolean(),
});

const steps = fc.oneof(
  { weight: 6, arbitrary: batches },
  { weight: 5, arbitrary: ends },
  { weight: 1, arbitrary: fc.constant<LogStep>({ kind: "broker-marker" }) },
);

export const batchCases: fc.Arbitrary<BatchCase> = fc.record({
  steps: fc.array(steps, { minLength: 1, maxLength: STEPS_MAX }),
  fetchBytesMax: fc.array(fc.constantFrom(1, 100, 700, 5_000, 1_000_000), { minLength: 1, maxLength: 5 }),
  recordsMax: fc.constantFrom(1, 3, 1_000),
  bytesMax: fc.constantFrom(1, 200, 10_000_000),
});
