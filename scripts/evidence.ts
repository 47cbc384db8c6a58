/**
 * Measures the figures of docs/consistency.md anew and writes its table.
 *
 *   npm run evidence                    all of them: about four hours on two cores
 *   npm run evidence -- --only torture  those whose names begin so; the others stay as they were
 *   npm run evidence -- --table         measures nothing: writes the table of the existing figures
 *   npm run evidence -- --quick         smaller bounds, half an hour; prints the table and writes nothing
 *
 * Each figure is the output of its command, with the time it took and the
 * commit at which it was measured. Exit code 1 when a command fails.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { arch, cpus, platform } from "node:os";
import { performance } from "node:perf_hooks";
import { evidenceSteps, type EvidenceStep } from "./evidence-steps.ts";

interface Figure {
  readonly name: string;
  readonly shows: string;
  readonly command: string;
  readonly result: string;
  readonly seconds: number;
  readonly date: string;
  readonly commit: string;
}

const FIGURES = "docs/evidence/figures.json";
const EVIDENCE = "docs/evidence";
const PAGE = "docs/consistency.md";
const BEGIN = "<!-- evidence:begin -->";
const END = "<!-- evidence:end -->";
const OUTPUT_BYTES_MAX = 256 * 1_024 * 1_024;
const MS_PER_SECOND = 1_000;

const args = process.argv.slice(2);
const isQuick = args.includes("--quick");
const isTableOnly = args.includes("--table");
const only = args.includes("--only") ? (args[args.indexOf("--only") + 1] ?? "") : "";
const chosen = isTableOnly ? [] : evidenceSteps(isQuick).filter(({ name }) => name.startsWith(only));
if (chosen.length === 0 && !isTableOnly) {
  console.error(
    `no figure is called "${only}…"; there are ${evidenceSteps(isQuick)
      .map(({ name }) => name)
      .join(", ")}`,
  );
  process.exit(2);
}
let failures = 0;
const measured: Figure[] = [];
for (const step of chosen) {
  const figure = measure(step);
  measured.push(figure);
  // Each figure is written at once, so it stays when a later one is interrupted.
  if (!isQuick) write([figure]);
}
if (isQuick) console.log(table(measured));
else if (isTableOnly) write([]);
process.exitCode = failures === 0 ? 0 : 1;

function measure({ name, shows, command, keep, result }: EvidenceStep): Figure {
  console.error(`--- ${name}: ${command.join(" ")}`);
  const startedMs = performance.now();
  const run = spawnSync("npm", ["run", "--silent", ...command], {
    encoding: "utf8",
    maxBuffer: OUTPUT_BYTES_MAX,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const seconds = Math.round((performance.now() - startedMs) / MS_PER_SECOND);
  const text = run.status === 0 ? result(run.stdout) : null;
  if (text === null) {
    failures += 1;
    console.error(run.stdout);
  }
  if (keep !== undefined && !isQuick) {
    writeFileSync(keep, `# ${shows}\n\nWhat \`npm run ${command.join(" ")}\` printed.\n\n${run.stdout}`);
  }
  return {
    name,
    shows,
    command: `npm run ${command.join(" ")}`,
    result: text ?? `FAILED with exit code ${run.status}`,
    seconds,
    date: new Date().toISOString().slice(0, 10),
    commit: spawnSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).stdout.trim(),
  };
}

/** Earlier figures keep their place, unless they were measured again. */
function write(fresh: readonly Figure[]): void {
  const before = existsSync(FIGURES) ? (JSON.parse(readFileSync(FIGURES, "utf8")) as readonly Figure[]) : [];
  const names = evidenceSteps(false).map(({ name }) => name);
  const figures = names.flatMap((name) => {
    const figure = fresh.find((one) => one.name === name) ?? before.find((one) => one.name === name);
    return figure === undefined ? [] : [figure];
  });
  writeFileSync(FIGURES, `${JSON.stringify(figures, null, 2)}\n`);
  const page = readFileSync(PAGE, "utf8");
  const [head = "", rest = ""] = page.split(BEGIN);
  const [, tail = ""] = rest.split(END);
  const machine = `${cpus().length} cores, ${platform()} ${arch()}, Node ${process.version}`;
  const note = `Measured on ${machine}, with other work going on; times are not comparable. Each history stays in \`.trilane/evidence-*.ndjson\` on the machine that made it.`;
  const text = `${BEGIN}\n\n${table(figures)}\n\n${note}\n\n${END}`;
  writeFileSync(PAGE, `${head}${text}${tail}`);
  spawnSync("oxfmt", [PAGE, EVIDENCE], { stdio: "inherit" });
}

function table(figures: readonly Figure[]): string {
  const rows = figures.map(({ shows, command, result, seconds, date, commit }) =>
    ["", shows, `\`${shortened(command)}\``, inLines(result), `${seconds} s`, `${date}, ${commit}`, ""]
      .join(" | ")
      .trim(),
  );
  return ["| what | command | result | took | measured |", "| --- | --- | --- | --- | --- |", ...rows].join("\n");
}

/** Removes the option for the file of a fault run's history, which does not change the result. */
function shortened(command: string): string {
  const shown = command.replace(/ --$/, "");
  return shown.startsWith("npm run torture") ? shown.replace(/ --history \S+/, "") : shown;
}

function inLines(result: string): string {
  return result.split("; ").join("<br>");
}
