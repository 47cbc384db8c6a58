/**
 * The capacity units of one call of the store. What the store reports is taken
 * as it is. DynamoDB Local reports nothing for writes in bulk, and no store
 * reports a conditional write that it refused, although that consumes units
 * too: these are computed by the published rule, one unit for each started KiB
 * of the item, at least one.
 */

export interface StoreUnits {
  readonly write: number;
  readonly read: number;
  /** Of refused writes; the others do not contain them. */
  readonly refused: number;
}

interface Consumed {
  readonly CapacityUnits?: number;
  readonly ReadCapacityUnits?: number;
  readonly WriteCapacityUnits?: number;
}

/** Calls that report their capacity, by the kind of it. */
const KINDS: Readonly<Record<string, "write" | "read">> = {
  BatchExecuteStatementCommand: "write",
  ExecuteStatementCommand: "write",
  PutItemCommand: "write",
  UpdateItemCommand: "write",
  DeleteItemCommand: "write",
  TransactWriteItemsCommand: "write",
  GetItemCommand: "read",
  BatchGetItemCommand: "read",
  QueryCommand: "read",
  ScanCommand: "read",
};
const REFUSED = new Set(["ConditionalCheckFailed", "DuplicateItem"]);
const REFUSAL_NAMES = new Set(["ConditionalCheckFailedException", "DuplicateItemException"]);
const UNIT_BYTES = 1_024;

export function reportsCapacity(command: string): boolean {
  return command in KINDS;
}

export function unitsOfOutput(command: string, input: object, output: object): StoreUnits {
  const kind = KINDS[command];
  const units = consumedOf(output).reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
  const { taken, refused } = unitsOfStatements(input, output);
  return {
    write: kind === "write" ? units || taken : 0,
    read: kind === "read" ? units : 0,
    refused,
  };
}

export function unitsOfError(input: object, error: unknown): StoreUnits {
  const isRefusal = error instanceof Error && REFUSAL_NAMES.has(error.name);
  return { write: 0, read: 0, refused: isRefusal ? unitsFor(input) : 0 };
}

function consumedOf(output: object): readonly Consumed[] {
  if (!("ConsumedCapacity" in output)) return [];
  const { ConsumedCapacity: consumed } = output as { readonly ConsumedCapacity?: Consumed | readonly Consumed[] };
  if (consumed === undefined) return [];
  return Array.isArray(consumed) ? consumed : [consumed as Consumed];
}

interface Statements {
  readonly Statements?: readonly { readonly Parameters?: unknown }[];
}

interface Responses {
  readonly Responses?: unknown;
}

function unitsOfStatements(
  { Statements: statements = [] }: Statements,
  output: Responses,
): { readonly taken: number; readonly refused: number } {
  const answers = Array.isArray(output.Responses)
    ? (output.Responses as readonly { readonly Error?: { readonly Code?: string } }[])
    : [];
  let [taken, refused] = [0, 0];
  for (const [index, { Parameters: values }] of statements.entries()) {
    const code = answers[index]?.Error?.Code;
    if (code === undefined) taken += unitsFor(values);
    else if (REFUSED.has(code)) refused += unitsFor(values);
  }
  return { taken, refused };
}

/** An item is smaller than the values of the call that wanted to write it. */
function unitsFor(values: unknown): number {
  return Math.max(1, Math.ceil(bytesOf(values) / UNIT_BYTES));
}

function bytesOf(value: unknown): number {
  if (typeof value === "string") return Buffer.byteLength(value);
  if (value instanceof Uint8Array) return value.length;
  if (typeof value !== "object" || value === null) return 0;
  return Object.values(value).reduce((sum: number, one) => sum + bytesOf(one), 0);
}
