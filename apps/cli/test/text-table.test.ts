import { describe, expect, it } from "vitest";
import { shownWidth, textTable } from "../src/text-table.ts";

describe("textTable", () => {
  it("aligns columns by what a terminal shows, and ends lines without spaces", () => {
    const text = textTable([
      ["key", "value", "x"],
      ["\u{1F6EB}", "日本", "y"],
      ["e\u0301", "", ""],
    ]);
    expect(text).toBe("key  value  x\n\u{1F6EB}   日本   y\ne\u0301");
    expect(shownWidth("a\u{1F6EB}日")).toBe(5);
  });
});
