/** The characters that JavaScript's `trim` removes, as an SQL text. */
import { sqlText } from "./sql-text.ts";

const LAST_UNIT = 0xffff;

export const BLANKS: string = blanks();

function blanks(): string {
  const all: string[] = [];
  for (let unit = 0; unit <= LAST_UNIT; unit += 1) {
    const character = String.fromCharCode(unit);
    if (character.trim() === "") all.push(character);
  }
  return sqlText(all.join(""));
}
