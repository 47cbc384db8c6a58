/**
 * `npm run bench`: this core beside the hand-written loop, or, with `--feast`,
 * the batch lane beside Feast. Other arguments go to the bench itself.
 *
 * `--compare FILE [--tolerance SHARE]` runs the bench that made a kept page
 * again, and ends with code 1 where a ratio became worse by more than the share.
 */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readBenchPage, type Regression, regressionsOf } from "./bench-page.ts";

const FEAST = "--feast";
const WRITE_AND_READ = "packages/write-through/bench/main.ts";
const LOADS = "apps/edges/src/load-bench/main.ts";
const RUN = "scripts/run.mjs";
const ROOT = fileURLToPath(new URL("..", import.meta.url));
const TOLERANCE_DEFAULT = 0.25;
const EXIT_REGRESSED = 1;
const EXIT_USAGE = 2;

const all = process.argv.slice(2);
const keptFile = valueOf("--compare");
process.exitCode = keptFile === null ? await runBench() : await compare(keptFile);

async function runBench(): Promise<number> {
  const script = all.includes(FEAST) ? LOADS : WRITE_AND_READ;
  return (await run([script, ...all.filter((argument) => argument !== FEAST)], false)).code;
}

async function compare(file: string): Promise<number> {
  const tolerance = Number(valueOf("--tolerance") ?? TOLERANCE_DEFAULT);
  const kept = pageOf(file);
  if (kept === null || kept.ratios.length === 0) {
    say(`${file} is not the page of a bench: give one of docs/benchmarks that begins "Made by \`npm run bench…\`"`);
    return EXIT_USAGE;
  }
  if (!(tolerance > 0)) {
    say("--tolerance is a share above 0, such as 0.25");
    return EXIT_USAGE;
  }
  const { code, stdout } = await run([RUN, kept.task, ...kept.args, ...all, "--no-file"], true);
  const now = readBenchPage(stdout);
  if (code !== 0 || now === null) return code === 0 ? EXIT_REGRESSED : code;
  process.stdout.write(stdout);
  const regressions = regressionsOf(kept, now, tolerance);
  for (const regression of regressions) say(textOf(regression));
  if (regressions.length > 0) return EXIT_REGRESSED;
  say(`no ratio of ${kept.ratios.length} is worse than in ${file} by more than ${tolerance}`);
  return 0;
}

function textOf({ row, figure, kept, now }: Regression): string {
  if (now === null) return `REGRESSED: ${row}: ${figure}: it is not in the page any more`;
  return `REGRESSED: ${row}: ${figure}: ${now.toFixed(3)} of the first approach, it was ${kept.toFixed(3)}`;
}

/** Null where the file cannot be read, or is no page of a bench. */
function pageOf(file: string): ReturnType<typeof readBenchPage> {
  try {
    return readBenchPage(readFileSync(file, "utf8"));
  } catch {
    return null;
  }
}

/** Takes the option and its value out of the arguments. */
function valueOf(option: string): string | null {
  const at = all.indexOf(option);
  if (at === -1) return null;
  return all.splice(at, 2)[1] ?? "";
}

/** Standard output is passed on, or taken. */
async function run(args: readonly string[], isTaken: boolean): Promise<{ code: number; stdout: string }> {
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    stdio: ["inherit", isTaken ? "pipe" : "inherit", "inherit"],
  });
  let stdout = "";
  child.stdout?.setEncoding("utf8").on("data", (chunk: string) => (stdout += chunk));
  const code = await new Promise<number>((resolve) => child.once("close", (ended) => resolve(ended ?? 1)));
  return { code, stdout };
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
