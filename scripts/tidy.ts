/**
 * The rules of this repository that no linter has: which package may depend on
 * which, sizes of all source files, file names, forbidden words, plain comments,
 * tests that stand where their source does, and links between the documents.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { commentProblems } from "./plain-comments.ts";

/**
 * Package -> the workspace packages that it may depend on. Any package may use `servers` in its tests. (`turbo
 * boundaries` checks that a package imports only what it declares; the linter checks the direction of the imports
 * inside the core.)
 */
const EDGES: Readonly<Record<string, readonly string[]>> = {
  servers: [],
  "write-through": [],
  "feature-groups": ["write-through"],
  "lane-kit": ["feature-groups", "write-through"],
  verification: ["servers", "write-through"],
  "batch-loader": ["feature-groups", "lane-kit", "write-through"],
  "stream-consumer": ["feature-groups", "lane-kit", "write-through"],
  "feature-api": ["feature-groups", "lane-kit", "write-through"],
  "job-worker": ["batch-loader", "feature-groups", "lane-kit", "write-through"],
  torture: [
    "batch-loader",
    "feature-api",
    "feature-groups",
    "job-worker",
    "lane-kit",
    "servers",
    "stream-consumer",
    "verification",
    "write-through",
  ],
  // The lanes' programs are found by their packages' names and run as processes of their own.
  cli: ["batch-loader", "feature-api", "feature-groups", "job-worker", "lane-kit", "stream-consumer", "write-through"],
  demo: [
    "batch-loader",
    "feature-api",
    "feature-groups",
    "job-worker",
    "lane-kit",
    "servers",
    "stream-consumer",
    "verification",
    "write-through",
  ],
  edges: [
    "batch-loader",
    "feature-api",
    "feature-groups",
    "job-worker",
    "lane-kit",
    "servers",
    "stream-consumer",
    "write-through",
  ],
  comparison: ["servers", "verification", "write-through"],
};
/** This package starts servers, which a deployed program does not need. */
const OF_TESTS = "servers";
const SCOPE = "@trilane/";
const PACKAGE = /^(apps|packages|infra)\/[^/]+\/package\.json$/;

const LINES_MAX = 400;
const SOURCE = /\.(ts|mjs|lua|java)$/;
/** Java names a file after its class. */
const JAVA = /\.java$/;
const KEBAB = /^[a-z0-9.-]+$/;
/** The words are split, so that this file passes its own check. */
const BANNED = [
  ["TO", "DO"],
  ["FIX", "ME"],
  ["@ts-", "ignore"],
  ["@ts-", "nocheck"],
].map((parts) => parts.join(""));
/** Words that this project once used although the field has another one: the old word, and the field's. */
const RENAMED: readonly (readonly [old: RegExp, now: string])[] = [
  // A key in tables that exist keeps its name.
  [new RegExp(`${"reg"}imes?(?!#)`, "i"), "cache epoch"],
  [new RegExp(`main ${"job"}`, "i"), "demo"],
  [new RegExp(`contest${"ant"}`, "i"), "approach"],
];
const TEXT = /\.(ts|mjs|lua|java|md)$/;
/** A test's package, its folders below `test/`, and its name up to the first dot. */
const TEST = /^((?:apps|packages|infra)\/[^/]+)\/test\/((?:[^/]+\/)*)([^/.]+)\.(?:[^/]+\.)?test\.ts$/;
const SCENARIOS = "scenarios/";
/** The changelog may use the old words, because it says what was renamed. */
const CHANGELOG = "CHANGELOG.md";

export function tidy(): Promise<readonly string[]> {
  const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { encoding: "utf8" })
    .split("\n")
    .filter((file) => file !== "" && existsSync(file));
  return Promise.resolve(
    files.flatMap((file) => [
      ...checkEdges(file),
      ...checkSource(file),
      ...checkWords(file),
      ...checkTest(file),
      ...checkLinks(file),
    ]),
  );
}

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

function checkEdges(file: string): readonly string[] {
  if (!PACKAGE.test(file)) return [];
  const { name, dependencies, devDependencies } = JSON.parse(readFileSync(file, "utf8")) as Manifest;
  const allowed = EDGES[name.replace(SCOPE, "")];
  if (allowed === undefined) return [`${file}: ${name} has no row in the table of edges in scripts/tidy.ts`];
  const inTests = Object.keys(devDependencies ?? {}).filter((other) => other !== SCOPE + OF_TESTS);
  return [...Object.keys(dependencies ?? {}), ...inTests]
    .filter((other) => other.startsWith(SCOPE) && !allowed.includes(other.replace(SCOPE, "")))
    .map((other) => `${file}: ${name} may not depend on ${other}`);
}

function checkSource(file: string): readonly string[] {
  if (!SOURCE.test(file)) return [];
  const text = readFileSync(file, "utf8");
  const problems: string[] = [];
  const name = file.split("/").at(-1) ?? "";
  const lines = text.split("\n").length;
  if (lines > LINES_MAX) problems.push(`${file}: ${lines} lines; split it by concept below ${LINES_MAX}`);
  if (!KEBAB.test(name) && !JAVA.test(name)) problems.push(`${file}: file names are kebab-case`);
  for (const word of BANNED) if (text.includes(word)) problems.push(`${file}: contains ${word}`);
  return problems;
}

function checkWords(file: string): readonly string[] {
  if (!TEXT.test(file) || file === CHANGELOG) return [];
  const text = readFileSync(file, "utf8");
  const renamed = RENAMED.flatMap(([old, now]) => {
    const found = old.exec(`${file}\n${text}`);
    return found === null ? [] : [`${file}: contains "${found[0]}"; the word is "${now}"`];
  });
  return [...renamed, ...commentProblems(file, text)];
}

/**
 * A test mirrors its source in name and place: `src/read/reader.ts` has `test/read/reader.test.ts`, and, where one file
 * is not enough, `reader.<aspect>.test.ts`. A test of several sources together lies in `test/scenarios`.
 */
function checkTest(file: string): readonly string[] {
  const [, folder, place, name] = TEST.exec(file) ?? [];
  if (folder === undefined || name === undefined || place?.startsWith(SCENARIOS) === true) return [];
  const source = `${folder}/src/${place ?? ""}${name}.ts`;
  return existsSync(source)
    ? []
    : [`${file}: there is no ${source}; name it after its source, or move it to ${SCENARIOS}`];
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
