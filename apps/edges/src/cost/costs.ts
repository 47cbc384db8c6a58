/** The costs of a process: what it asked of the store, the cache, the queue and S3. */

export interface Costs {
  /** As the store reports them, or as computed where it does not; those of refused conditional writes as well. */
  readonly writeUnits: number;
  readonly readUnits: number;
  /** The part of them that is of refused conditional writes. */
  readonly refusedWriteUnits: number;
  readonly storeCalls: number;
  readonly cacheCommands: number;
  readonly queueCommands: number;
  readonly s3Requests: number;
  readonly s3BytesRead: number;
  readonly s3BytesWritten: number;
}

const NONE: Costs = {
  writeUnits: 0,
  readUnits: 0,
  refusedWriteUnits: 0,
  storeCalls: 0,
  cacheCommands: 0,
  queueCommands: 0,
  s3Requests: 0,
  s3BytesRead: 0,
  s3BytesWritten: 0,
};

const NAMES = Object.keys(NONE) as readonly (keyof Costs)[];

export function noCosts(): { -readonly [name in keyof Costs]: number } {
  return { ...NONE };
}

export function minus(costs: Costs, other: Costs): Costs {
  return combined(costs, (value, name) => value - other[name]);
}

export function times(costs: Costs, factor: number): Costs {
  return combined(costs, (value) => value * factor);
}

function combined(costs: Costs, of: (value: number, name: keyof Costs) => number): Costs {
  return Object.fromEntries(NAMES.map((name) => [name, of(costs[name], name)])) as unknown as Costs;
}
