/**
 * The rules of the house that no linter knows: sizes of all source files, file
 * names, words that do not belong here, and links between the documents.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const LINES_MAX = 400;
const SOURCE = /\.(ts|mjs|lua|java)$/;
const KEBAB = /^[a-z0-9.-]+$/;
const EXEMPT_NAMES = new Set(["LoopbackDynamoDb.java"]);
/** Split, so that this file passes its own check. */
const BANNED = [["TO", "DO"], ["FIX", "ME"], ["@ts-", "ignore"], ["@ts-", "nocheck"]].map((parts) => parts.join(""));

export function tidy(): Promise<readonly string[]> {
  const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { encoding: "utf8" })
    .split("\n")
    .filter((file) => file !== "" && existsSync(file));
  return Promise.resolve(files.flatMap((file) => [...checkSource(file), ...checkLinks(file)]));
}

function checkSource(file: string): readonly string[] {
  if (!SOURCE.test(file)) return [];
  const text = readFileSync(file, "utf8");
  const problems: string[] = [];
  const name = file.split("/").at(-1) ?? "";
  const lines = text.split("\n").length;
  if (lines > LINES_MAX) problems.push(`${file}: ${lines} lines; split it by concept below ${LINES_MAX}`);
  if (!KEBAB.test(name) && !EXEMPT_NAMES.has(name)) problems.push(`${file}: file names are kebab-case`);
  for (const word of BANNED) if (text.includes(word)) problems.push(`${file}: contains ${word}`);
  return problems;
}

/** Every relative link of a document leads somewhere. */
function checkLinks(file: string): readonly string[] {
  if (!file.endsWith(".md")) return [];
  const links = readFileSync(file, "utf8").matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)(?:#[^)]*)?\)/g);
  return [...links].flatMap(([, target = ""]) => {
    const path = join(dirname(file), target);
    return existsSync(path) ? [] : [`${file}: the link to ${target} leads nowhere`];
  });
}
