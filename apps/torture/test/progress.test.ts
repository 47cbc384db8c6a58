import { describe, expect, it } from "vitest";
import { Progress } from "../src/progress.ts";

describe("progress after the faults", () => {
  it("names what is unfinished when nothing moves, and nothing as soon as the work is done", async () => {
    const progress = new Progress();
    void progress.of("the jobs", new Promise(() => undefined));
    await progress.of("the load", Promise.resolve());
    expect(await progress.stuck(new Promise(() => undefined), 0)).toEqual(["the jobs"]);
    expect(await progress.stuck(Promise.resolve(), Number.POSITIVE_INFINITY)).toEqual([]);
  });
});
