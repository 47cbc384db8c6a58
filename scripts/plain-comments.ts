/**
 * Finds comments that a reader whose first language is another one stumbles
 * over: a header or a doc comment that is a question's half instead of a
 * sentence, and a word that hides who does something.
 */

/** A doc comment, on one line or on several, whose first word is the question word. */
const HALF_QUESTION = /^[ \t]*\/\*\*(?:[ \t]*\r?\n[ \t]*\*)?[ \t]*What\b/gm;
/** The word is split, so that this file passes its own check. */
const HIDDEN_SUBJECT = new RegExp(`\\b${"who"}ever\\b`, "gi");

const CODE = /\.(ts|mjs|java)$/;

/** One problem for each place, with its line. */
export function commentProblems(file: string, text: string): readonly string[] {
  const questions = CODE.test(file)
    ? linesOf(text, HALF_QUESTION).map((line) => `${file}:${line}: a comment begins with "What"; make it a sentence`)
    : [];
  const hidden = linesOf(text, HIDDEN_SUBJECT).map(
    (line) => `${file}:${line}: name who does it instead of "${"who"}ever"`,
  );
  return [...questions, ...hidden];
}

function linesOf(text: string, pattern: RegExp): readonly number[] {
  return [...text.matchAll(pattern)].map(({ index }) => text.slice(0, index).split("\n").length);
}
