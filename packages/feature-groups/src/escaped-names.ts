/**
 * Reads JSON whose names are written with escapes, such as `{"gr\u00f6sse":1}`.
 *
 * V8 up to 14.6 can give such a name the text of another one, once the process has read an object that had a name
 * with a backslash in the same place (nodejs/node#63785). So JSON.parse only checks these texts, and this file
 * reads them.
 */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const BLANK = /[ \t\n\r]*/y;
const SCALAR = /[^\s,\]}]+/y;

/** The text must be JSON. */
export function hasEscapedName(text: string): boolean {
  if (!text.includes("\\")) return false;
  for (let open = text.indexOf('"'); open !== -1;) {
    const { end, isEscaped } = textAt(text, open);
    if (isEscaped && text[blankEnd(text, end)] === ":") return true;
    open = text.indexOf('"', end);
  }
  return false;
}

/** The text must be JSON. JSON.parse reads its strings and words, `readNumber` its numbers. */
export function readEscapedNames(text: string, readNumber: (source: string) => unknown): unknown {
  return new NameReader(text, readNumber).value();
}

class NameReader {
  readonly #text: string;
  readonly #readNumber: (source: string) => unknown;
  #at = 0;

  constructor(text: string, readNumber: (source: string) => unknown) {
    this.#text = text;
    this.#readNumber = readNumber;
  }

  value(): unknown {
    this.#skipBlank();
    switch (this.#text[this.#at]) {
      case "{":
        return this.#object();
      case "[":
        return this.#list();
      case '"':
        return this.#string();
      default:
        return this.#scalar();
    }
  }

  /** `fromEntries` makes a field of every name, `__proto__` included. The later of two members of one name counts. */
  #object(): object {
    const members: (readonly [string, unknown])[] = [];
    this.#each("}", () => {
      const name = this.#string();
      this.#skipBlank();
      this.#at += ":".length;
      members.push([name, this.value()]);
    });
    return Object.fromEntries(members);
  }

  #list(): readonly unknown[] {
    const items: unknown[] = [];
    this.#each("]", () => void items.push(this.value()));
    return items;
  }

  /** Reads from an opening bracket to the place behind the closing one. */
  #each(end: string, read: () => void): void {
    this.#at += 1;
    this.#skipBlank();
    while (this.#text[this.#at] !== end) {
      read();
      this.#skipBlank();
      if (this.#text[this.#at] === ",") this.#at += 1;
      this.#skipBlank();
    }
    this.#at += 1;
  }

  #string(): string {
    const { end } = textAt(this.#text, this.#at);
    const source = this.#text.slice(this.#at, end);
    this.#at = end;
    return JSON.parse(source) as string;
  }

  #scalar(): unknown {
    SCALAR.lastIndex = this.#at;
    const [source = ""] = SCALAR.exec(this.#text) ?? [];
    this.#at += source.length;
    const isNumber = /^[-\d]/.test(source);
    return isNumber ? this.#readNumber(source) : (JSON.parse(source) as unknown);
  }

  #skipBlank(): void {
    this.#at = blankEnd(this.#text, this.#at);
  }
}

/** The place behind the text that begins at `open`, and whether an escape is in it. */
function textAt(text: string, open: number): { readonly end: number; readonly isEscaped: boolean } {
  let isEscaped = false;
  for (let at = open + 1; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) return { end: at + 1, isEscaped };
    if (unit !== BACKSLASH) continue;
    isEscaped = true;
    at += 1;
  }
  return { end: text.length, isEscaped };
}

function blankEnd(text: string, from: number): number {
  BLANK.lastIndex = from;
  BLANK.exec(text);
  return BLANK.lastIndex;
}
