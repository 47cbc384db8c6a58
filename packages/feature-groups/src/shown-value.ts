/** Formats values for messages: short, on one line, and always well-formed text. */
const LENGTH_MAX = 60;

/** Text in quotes and numbers as they are, cut to a few dozen characters; of an object only its kind. */
export function shownValue(value: unknown): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(shortened(value));
    case "bigint":
      return `${shortened(String(value))}n`;
    case "object":
      return shownObject(value);
    case "function":
      return "a function";
    default:
      return String(value);
  }
}

/** The kind of a value, and nothing of its content. */
export function hiddenValue(value: unknown): string {
  if (value === null || value === undefined || value === "") return shownValue(value);
  if (typeof value === "string") return `a text of ${value.length} characters`;
  return typeof value === "object" ? shownObject(value) : `a ${typeof value}`;
}

function shownObject(value: object | null): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (value instanceof Date) return `the Date ${Number.isNaN(value.getTime()) ? "Invalid" : value.toISOString()}`;
  return "an object";
}

function shortened(text: string): string {
  const cut = text.length <= LENGTH_MAX ? text : `${text.slice(0, LENGTH_MAX)}…`;
  return cut.toWellFormed();
}
