/**
 * Reads well-formed CSV quickly: rows without quotes, and rows whose quoted
 * fields are closed as they should be. Anything else it leaves to the library
 * of `rows.ts`, from the beginning of the row on, which alone decides what is
 * broken and how a message names it.
 *
 * Bytes are characters of one byte each here. A row ends in `\n`, with up to
 * two carriage returns before it.
 */

/** A row, and the position behind its end. */
export interface QuickRow {
  readonly fields: readonly string[];
  readonly end: number;
  /** The number of carriage returns and newlines within the row. */
  readonly breaks: number;
}

/** The row is blank; it does not end in this text; or only the library can read it. */
export type QuickOutcome = QuickRow | "open" | "other";

const QUOTE = '"';
const RETURN = 0x0d;
const RETURNS_MAX = 2;

/** Reads the row that begins at a position. `fields` is empty for a blank row. */
export function quickRow(text: string, start: number, delimiter: string): QuickOutcome {
  const newline = text.indexOf("\n", start);
  if (newline === -1) return "open";
  const stop = withoutReturns(text, start, newline);
  if (stop === start) return { fields: [], end: newline + 1, breaks: 0 };
  const row = text.slice(start, stop);
  if (row.includes(QUOTE)) return quotedRow(text, start, delimiter);
  const breaks = row.includes("\r") ? row.split("\r").length - 1 : 0;
  return { fields: row.split(delimiter), end: newline + 1, breaks };
}

function quotedRow(text: string, start: number, delimiter: string): QuickOutcome {
  const fields: string[] = [];
  for (let at = start; ;) {
    const field = text[at] === QUOTE ? quotedField(text, at) : plainField(text, at, delimiter);
    if (typeof field === "string") return field;
    fields.push(field.value);
    at = field.end;
    if (text[at] === delimiter) {
      at += 1;
      continue;
    }
    const newline = text.indexOf("\n", at);
    if (newline === -1) return "open";
    if (newline - at > RETURNS_MAX || withoutReturns(text, at, newline) !== at) return "other";
    return { fields, end: newline + 1, breaks: breaksIn(text, start, at) };
  }
}

interface Field {
  readonly value: string;
  readonly end: number;
}

function quotedField(text: string, start: number): Field | "open" {
  let isEscaped = false;
  for (let at = text.indexOf(QUOTE, start + 1); at !== -1; at = text.indexOf(QUOTE, at + 2)) {
    if (at + 1 === text.length) return "open";
    if (text[at + 1] === QUOTE) {
      isEscaped = true;
      continue;
    }
    const inner = text.slice(start + 1, at);
    return { value: isEscaped ? inner.replaceAll('""', QUOTE) : inner, end: at + 1 };
  }
  return "open";
}

function plainField(text: string, start: number, delimiter: string): Field | "open" | "other" {
  const newline = text.indexOf("\n", start);
  if (newline === -1) return "open";
  const next = text.indexOf(delimiter, start);
  const end = next !== -1 && next < newline ? next : withoutReturns(text, start, newline);
  const value = text.slice(start, end);
  return value.includes(QUOTE) ? "other" : { value, end };
}

/** The end of a row's content, of which up to two carriage returns before the newline are no part. */
export function withoutReturns(text: string, start: number, newline: number): number {
  let end = newline;
  while (end > start && newline - end < RETURNS_MAX && text.codePointAt(end - 1) === RETURN) end -= 1;
  return end;
}

function breaksIn(text: string, start: number, end: number): number {
  return text.slice(start, end).split(/[\r\n]/).length - 1;
}
