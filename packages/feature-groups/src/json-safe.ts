/**
 * Features as JSON without loss: integers that a double holds exactly stay
 * numbers, larger ones become decimal text, dates ISO text, bytes base64.
 * (Not-a-number and the infinities cannot be stored in the first place.)
 *
 * Values that are JSON already, as those of most records are, are returned as
 * they are, without a copy.
 */
export function jsonSafe(value: unknown): unknown {
  return isJson(value) ? value : converted(value);
}

function isJson(value: unknown): boolean {
  if (typeof value === "bigint") return false;
  if (typeof value !== "object" || value === null) return true;
  if (value instanceof Date || value instanceof Uint8Array) return false;
  return Object.values(value).every(isJson);
}

function converted(value: unknown): unknown {
  if (typeof value === "bigint") return jsonInteger(value);
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (Array.isArray(value)) return value.map(converted);
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, converted(inner)]));
}

function jsonInteger(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}
