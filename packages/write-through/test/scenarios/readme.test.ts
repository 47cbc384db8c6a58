/** Runs the example of README.md. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { expect, it } from "vitest";

const EXAMPLE = /```ts\n([\s\S]*?)```/;

it("runs and answers what its comments say", async () => {
  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  const example = EXAMPLE.exec(readme)?.[1] ?? "";
  const answers = example
    .replace("await writer.write(", "export const receipts = await writer.write(")
    .replace("await new Reader(", "export const result = await new Reader(");
  // The file lies among the tests, so that the package is found by its own name.
  const file = new URL(`./readme-example.${process.pid}.ts`, import.meta.url);
  writeFileSync(file, answers);
  try {
    const { receipts, result } = (await import(file.href)) as { readonly receipts: unknown; readonly result: unknown };
    expect(receipts).toMatchObject([{ status: "superseded" }, { status: "applied" }]);
    expect(result).toMatchObject({ kind: "found", source: "cache" });
  } finally {
    rmSync(file);
  }
});
