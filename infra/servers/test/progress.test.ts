/** One line per step; a terminal also has a last line that is rewritten. */
import { describe, expect, it } from "vitest";
import { createProgress } from "../src/progress.ts";

function recording(isTTY: boolean): { lines: string[]; stream: { isTTY: boolean; write(text: string): void } } {
  const lines: string[] = [];
  return { lines, stream: { isTTY, write: (text) => void lines.push(text) } };
}

describe("createProgress", () => {
  it("writes one line per step, with its duration", async () => {
    const { lines, stream } = recording(false);
    const progress = createProgress(stream);
    await progress.step(
      "start cache",
      async () => 4711,
      (pid) => `pid ${pid}`,
    );
    expect(lines).toEqual([expect.stringMatching(/^ {2}✓ start cache {2}\d+\.\d s {2}pid 4711\n$/)]);
  });

  it("says which step failed, and passes the error on", async () => {
    const { lines, stream } = recording(false);
    const failing = createProgress(stream).step("start kafka", () => Promise.reject(new Error("no memory")));
    await expect(failing).rejects.toThrow("no memory");
    expect(lines).toEqual([expect.stringMatching(/✗ start kafka .* no memory\n$/)]);
  });

  it("names the running steps on a terminal", async () => {
    const { lines, stream } = recording(true);
    await createProgress(stream).step("start s3", async () => {});
    expect(lines[0]).toContain("… start s3");
    expect(lines.at(-1)).toMatch(/✓ start s3 .*\n$/);
  });
});
