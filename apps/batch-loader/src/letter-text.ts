/**
 * Writes any value as JSON text for dead letters, without loss and however deep
 * it is nested. A row of six thousand brackets is no record, but must be kept,
 * and a recursive function would fail there.
 */

/** Punctuation, or a value that must still be written. */
type Part = { readonly kind: "text"; readonly text: string } | { readonly kind: "value"; readonly value: unknown };

/**
 * Integers beyond a double become decimal text, bytes `{"$bytes": base64}`, numbers without a form in JSON `{"$number":
 * "NaN"}`. Everything else is as in `JSON.stringify`, and values that it leaves out are null.
 */
export function letterText(root: unknown): string {
  const written: string[] = [];
  const waiting: Part[] = [{ kind: "value", value: root }];
  for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
    if (part.kind === "text") written.push(part.text);
    else if (isContainer(part.value)) pushContainer(waiting, part.value);
    else written.push(scalarText(part.value));
  }
  return written.join("");
}

function isContainer(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  return !(value instanceof Uint8Array || value instanceof Date);
}

/** The part that is written first is pushed last. */
function pushContainer(waiting: Part[], container: object): void {
  const isList = Array.isArray(container);
  waiting.push({ kind: "text", text: isList ? "]" : "}" });
  const entries: readonly (readonly [string, unknown])[] = Object.entries(container);
  for (let index = entries.length - 1; index >= 0; index -= 1) {
    const [name, value] = entries[index] as readonly [string, unknown];
    waiting.push({ kind: "value", value });
    const comma = index === 0 ? "" : ",";
    waiting.push({ kind: "text", text: isList ? comma : `${comma}${JSON.stringify(name)}:` });
  }
  waiting.push({ kind: "text", text: isList ? "[" : "{" });
}

function scalarText(value: unknown): string {
  if (typeof value === "bigint") {
    return JSON.stringify(Number.isSafeInteger(Number(value)) ? Number(value) : String(value));
  }
  if (value instanceof Uint8Array) return JSON.stringify({ $bytes: Buffer.from(value).toString("base64") });
  if (typeof value === "number" && !Number.isFinite(value)) return JSON.stringify({ $number: String(value) });
  return JSON.stringify(value) ?? "null";
}
