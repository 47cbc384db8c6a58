/**
 * Reads a history from NDJSON, one operation per line:
 *
 *     {"process":1,"op":"write","key":"user#7","version":"…","invoke":123,"return":456}
 *
 * `return: null` means that the outcome is unknown, `version: null` that a read
 * found no record. Times are nanoseconds of one monotonic clock. Numbers above
 * 2^53 are read from the text and stay exact, as long as the whole history
 * spans less than 2^53 ns (104 days). Versions compare as strings, by UTF-16
 * code unit, which is byte order for ASCII.
 */
import { VerificationError } from "../errors.ts";
import { History, type Operation } from "./history.ts";

/** @throws VerificationError with the line and a remedy. */
export async function parseHistory(chunks: AsyncIterable<string>): Promise<History> {
  const parser = new HistoryParser();
  let rest = "";
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) parser.addLine(line);
  }
  parser.addLine(rest);
  return parser.history;
}

class HistoryParser {
  readonly history: History = new History();
  #line = 0;
  /** The first invocation. All times are nanoseconds since it. */
  #origin: bigint | null = null;

  /** Empty lines are counted, and have no operation. */
  addLine(text: string): void {
    this.#line++;
    if (text.trim() === "") return;
    this.history.add(this.#toOperation(this.#parse(text), text), this.#line);
  }

  #parse(text: string): Record<string, unknown> {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      throw this.#unusable(
        "not JSON",
        "If the recorder was killed in the middle of this line, remove the line; otherwise write one JSON object a line",
      );
    }
    if (!isRecord(value)) {
      throw this.#unusable("not an object", "Write one operation, a JSON object, on each line");
    }
    return value;
  }

  #toOperation(fields: Record<string, unknown>, text: string): Operation {
    const { process, op, key, version, found } = fields;
    if (typeof process !== "number" || !Number.isInteger(process)) {
      throw this.#unusable('"process" is not an integer', "Give each client a number of its own");
    }
    if (op !== "write" && op !== "read") {
      throw this.#unusable('"op" is neither "write" nor "read"', "Leave other operations out");
    }
    if (typeof key !== "string") {
      throw this.#unusable('"key" is not a string', "Name the record's key, entity and group together");
    }
    if (version !== null && typeof version !== "string") {
      throw this.#unusable(
        '"version" is neither a string nor null',
        "Write the record's version as a string, or null where a read found no record",
      );
    }
    if (op === "write" && version === null) {
      throw this.#unusable("a write without a version", "Write the version; a delete has one, too");
    }
    const invoke = this.#toTime(fields["invoke"], "invoke", text);
    if (invoke === null) {
      throw this.#unusable('"invoke" is null', "Leave out operations that never began");
    }
    const returned = this.#toTime(fields["return"], "return", text);
    if (returned !== null && returned < invoke) {
      throw this.#unusable('"return" is before "invoke"', "Take both times from one monotonic clock of the machine");
    }
    if (found !== undefined && typeof found !== "boolean") {
      throw this.#unusable(
        '"found" is neither true nor false',
        "Leave it out, or say whether a read answered a record",
      );
    }
    const operation: Operation = { process, op, key, version, invoke, return: returned };
    return found === undefined ? operation : { ...operation, found };
  }

  #toTime(value: unknown, name: "invoke" | "return", text: string): number | null {
    if (value === null) return null;
    if (typeof value !== "number" || !Number.isInteger(value)) {
      throw this.#unusable(`"${name}" is not whole nanoseconds`, "Write an integer, without a fraction");
    }
    const exact = Number.isSafeInteger(value) ? BigInt(value) : this.#exactInteger(name, text);
    this.#origin ??= exact;
    const time = Number(exact - this.#origin);
    if (!Number.isSafeInteger(time)) {
      throw this.#unusable(
        `"${name}" is more than 104 days from the first operation`,
        "Take all times from one monotonic clock",
      );
    }
    return time;
  }

  /** JSON.parse has rounded the number, so its digits are taken from the text. */
  #exactInteger(name: "invoke" | "return", text: string): bigint {
    const digits = new RegExp(`"${name}"\\s*:\\s*(-?[0-9]+)\\s*[,}]`).exec(text)?.[1];
    if (digits === undefined) {
      throw this.#unusable(`"${name}" is not plain digits`, "Write the integer without exponent");
    }
    return BigInt(digits);
  }

  #unusable(message: string, remedy: string): VerificationError {
    return new VerificationError("HISTORY_UNUSABLE", message, { line: this.#line, remedy });
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
