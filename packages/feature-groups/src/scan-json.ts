/**
 * Reads a flat JSON object in its bytes, without a text or an object of it:
 * whether every value is of a kind that its field takes, and where the values
 * lie. It says yes only where `parseExactJson` gives the same values; of
 * everything else, such as bytes beyond ASCII, escapes, long numbers and values
 * in values, it says nothing, and the parser decides.
 */

/** Kinds of values, one bit each. A number with a point may still be whole. */
export const TEXT = 1;
export const INTEGER = 2;
export const FRACTION = 4;
export const BOOLEAN = 8;
export const NULL = 16;
export const TAKES_ANY: number = TEXT | INTEGER | FRACTION | BOOLEAN | NULL;

export interface ScannedField {
  readonly name: string;
  /** The kinds that are taken. */
  readonly takes: number;
  readonly isOptional: boolean;
}

/** Each field is one bit of a whole number. */
export const SCANNED_FIELDS_MAX = 30;

const [BRACE_OPEN, BRACE_CLOSE, QUOTE, COLON, COMMA, BACKSLASH] = [123, 125, 34, 58, 44, 92];
const [ZERO, NINE, MINUS, DOT] = [48, 57, 45, 46];
const [SPACE, TAB, LINE_FEED, CARRIAGE_RETURN, ASCII_MAX] = [32, 9, 10, 13, 0x7f];
/** A double tells every number of so many digits. */
const DIGITS_MAX = 15;
const WORDS: readonly { readonly word: Uint8Array; readonly kind: number }[] = [
  { word: Buffer.from("true"), kind: BOOLEAN },
  { word: Buffer.from("false"), kind: BOOLEAN },
  { word: Buffer.from("null"), kind: NULL },
];
const NO_BYTES = new Uint8Array();
const UNKNOWN_FIELD = -1;
/** The end of what is not taken. */
const REFUSED = -1;
/** Members whose field is guessed from the last object. */
const GUESSES = 64;

export class JsonScan {
  /** By field: where its value lies in the bytes; a text without its quotes. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  #bytes: Uint8Array = NO_BYTES;
  readonly #names: readonly Uint8Array[];
  readonly #takes: Int32Array;
  readonly #required: number;
  /** By the number of a member, the field that it was in the last object: most objects have the same order. */
  readonly #guesses = new Int8Array(GUESSES).fill(UNKNOWN_FIELD);
  #seen = 0;
  #kind = 0;

  constructor(fields: readonly ScannedField[]) {
    this.starts = new Int32Array(fields.length);
    this.ends = new Int32Array(fields.length);
    this.#names = fields.map(({ name }) => Buffer.from(name));
    this.#takes = Int32Array.from(fields, ({ takes }) => takes);
    this.#required = fields.reduce((all, { isOptional }, at) => (isOptional ? all : all | (1 << at)), 0);
  }

  /** The bytes that were read last; none after {@link letGo}. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** Holds the bytes no longer. */
  letGo(): void {
    this.#bytes = NO_BYTES;
  }

  /** True where the bytes are an object whose known fields all have values that they take. */
  reads(bytes: Uint8Array, from: number, end: number): boolean {
    this.#seen = 0;
    let at = skipBlanks(bytes, from, end);
    if (byteAt(bytes, at, end) !== BRACE_OPEN) return false;
    at = skipBlanks(bytes, at + 1, end);
    if (byteAt(bytes, at, end) !== BRACE_CLOSE) at = this.#members(bytes, at, end);
    if (at === REFUSED) return false;
    if (skipBlanks(bytes, at + 1, end) !== end || (this.#seen & this.#required) !== this.#required) return false;
    this.#bytes = bytes;
    return true;
  }

  /** The position of the brace that closes the object. */
  #members(bytes: Uint8Array, from: number, end: number): number {
    let at = from;
    for (let member = 0; ; member += 1) {
      if (byteAt(bytes, at, end) !== QUOTE) return REFUSED;
      const nameEnd = endOfText(bytes, at + 1, end);
      if (nameEnd === REFUSED) return REFUSED;
      const field = this.#fieldOf(bytes, at + 1, nameEnd, member);
      at = skipBlanks(bytes, nameEnd + 1, end);
      if (byteAt(bytes, at, end) !== COLON) return REFUSED;
      at = this.#value(bytes, skipBlanks(bytes, at + 1, end), end, field);
      if (at === REFUSED) return REFUSED;
      at = skipBlanks(bytes, at, end);
      const byte = byteAt(bytes, at, end);
      if (byte === BRACE_CLOSE) return at;
      if (byte !== COMMA) return REFUSED;
      at = skipBlanks(bytes, at + 1, end);
    }
  }

  #fieldOf(bytes: Uint8Array, from: number, end: number, member: number): number {
    const guess = member < GUESSES ? (this.#guesses[member] as number) : UNKNOWN_FIELD;
    if (guess !== UNKNOWN_FIELD && isWord(this.#names[guess] as Uint8Array, bytes, from, end)) return guess;
    const found = this.#names.findIndex((name) => isWord(name, bytes, from, end));
    if (member < GUESSES) this.#guesses[member] = found;
    return found;
  }

  /** The position behind the value. */
  #value(bytes: Uint8Array, from: number, end: number, field: number): number {
    const isText = byteAt(bytes, from, end) === QUOTE;
    const start = isText ? from + 1 : from;
    const valueEnd = isText ? endOfText(bytes, start, end) : this.#endOfOther(bytes, from, end);
    if (valueEnd === REFUSED) return REFUSED;
    if (field !== UNKNOWN_FIELD) {
      const bit = 1 << field;
      // Of a name that comes twice the parser takes the last value.
      if ((this.#seen & bit) !== 0) return REFUSED;
      if (((this.#takes[field] as number) & (isText ? TEXT : this.#kind)) === 0) return REFUSED;
      this.#seen |= bit;
      this.starts[field] = start;
      this.ends[field] = valueEnd;
    }
    return isText ? valueEnd + 1 : valueEnd;
  }

  /** The end of a number or a word, of which it keeps the kind. */
  #endOfOther(bytes: Uint8Array, from: number, end: number): number {
    const first = byteAt(bytes, from, end);
    if (first === MINUS || isDigit(first)) return this.#endOfNumber(bytes, from, end);
    for (const { word, kind } of WORDS) {
      const wordEnd = from + word.length;
      if (wordEnd > end || !isWord(word, bytes, from, wordEnd)) continue;
      this.#kind = kind;
      return wordEnd;
    }
    return REFUSED;
  }

  /** Numbers with an exponent, and those of many digits, are left to the parser. */
  #endOfNumber(bytes: Uint8Array, from: number, end: number): number {
    const whole = byteAt(bytes, from, end) === MINUS ? from + 1 : from;
    let at = skipDigits(bytes, whole, end);
    if (at === whole || (at > whole + 1 && bytes[whole] === ZERO)) return REFUSED;
    this.#kind = INTEGER;
    if (byteAt(bytes, at, end) === DOT) {
      const fraction = at + 1;
      at = skipDigits(bytes, fraction, end);
      if (at === fraction) return REFUSED;
      this.#kind = FRACTION;
    }
    if (at - whole > DIGITS_MAX) return REFUSED;
    return at;
  }
}

function byteAt(bytes: Uint8Array, at: number, end: number): number {
  return at < end ? (bytes[at] as number) : REFUSED;
}

function skipBlanks(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end) {
    const byte = bytes[at] as number;
    if (byte > SPACE || (byte !== SPACE && byte !== TAB && byte !== LINE_FEED && byte !== CARRIAGE_RETURN)) return at;
    at += 1;
  }
  return at;
}

function skipDigits(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && isDigit(bytes[at] as number)) at += 1;
  return at;
}

/** The position of the quote that ends a text of plain ASCII. */
function endOfText(bytes: Uint8Array, from: number, end: number): number {
  for (let at = from; at < end; at += 1) {
    const byte = bytes[at] as number;
    if (byte === QUOTE) return at;
    if (byte === BACKSLASH || byte < SPACE || byte > ASCII_MAX) return REFUSED;
  }
  return REFUSED;
}

function isWord(word: Uint8Array, bytes: Uint8Array, from: number, end: number): boolean {
  if (end - from !== word.length) return false;
  for (let at = 0; at < word.length; at += 1) if (word[at] !== bytes[from + at]) return false;
  return true;
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE;
}
