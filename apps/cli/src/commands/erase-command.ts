/**
 * `erase`, `erase ls`, `erase resume` and `erase restore`: removes the records
 * of persons, so that no replay brings them back. docs/erasure.md says how.
 */
import { writeFile } from "node:fs/promises";
import { hostname, userInfo } from "node:os";
import { formatTimeUs } from "@trilane/feature-groups";
import {
  type EraseMode,
  type ErasureReport,
  erasureRound,
  reportedErasure,
  restoreErasures,
  untilUsOf,
  confirmedNowMs,
  type Platform,
} from "@trilane/lane-kit";
import { countCovered, type ErasureEntry } from "@trilane/write-through";
import type { Command } from "commander";
import { usageError } from "../errors.ts";
import { EXIT } from "../exit-codes.ts";
import type { Output } from "../output.ts";
import { readTimeUs } from "../read-arguments.ts";
import { runAction, withExamples } from "../run-action.ts";
import { readSubjects, type SubjectFlags, withSubjectFlags } from "../subject-arguments.ts";
import { textTable } from "../text-table.ts";
import { withPlatform } from "../with-platform.ts";

interface EraseFlags extends SubjectFlags {
  readonly until?: string;
  readonly permanent?: boolean;
  readonly lift?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly report?: string;
  readonly letters?: readonly string[];
  readonly queue: boolean;
}

const US_PER_MS = 1_000;
const LAST_DEFAULT = "100";
const LAST_MAX = 100_000;

export function addEraseCommand(program: Command): void {
  const erase = withSubjectFlags(program.command("erase"))
    .description("remove the records of persons, so that no replay brings them back; ls, resume, restore")
    .option("--until <time>", "records up to this event time; default: the present, and as much later as groups allow")
    .option("--permanent", "every record that will ever come, until --lift")
    .option("--lift", "accept later records of a person again who was erased permanently")
    .option("--dry-run", "only count the records that are there")
    .option("--yes", "erase; without it, the records are only counted")
    .option("--report <file>", "write the report there, as JSON")
    .option(
      "--letters <address...>",
      "s3://bucket/prefix of dead letters of loads to go through as well, beside TRILANE_DEAD_LETTERS",
    )
    .option("--no-queue", "there is no queue to go through")
    .action((flags: EraseFlags, command: Command) => runAction(command, (output) => runErase(flags, output)));
  withExamples(
    erase,
    "trilane erase --subject P-1 --dry-run",
    "trilane erase --subject P-1 --yes --report P-1.json",
    "trilane erase --subjects - --permanent --yes < names.txt",
  );
  addListCommand(erase);
  const resume = erase
    .command("resume")
    .description("bring into force what was only announced, and sweep what is due; workers do it by themselves")
    .action((_: unknown, command: Command) => runAction(command, runResume));
  withExamples(resume, "trilane erase resume");
  const restore = erase
    .command("restore")
    .description("bring back from TRILANE_ERASURE_COPY what the list lost when the table was restored")
    .action((_: unknown, command: Command) => runAction(command, runRestore));
  withExamples(restore, "trilane erase restore");
}

function addListCommand(erase: Command): void {
  const list = erase
    .command("ls")
    .description("who erased what and when, and how far the sweeps are; persons are shown as digests")
    .option("--last <n>", "so many of the last erasures", LAST_DEFAULT)
    .action(({ last }: { readonly last: string }, command: Command) =>
      runAction(command, (output) => runList(last, output)),
    );
  withExamples(list, "trilane erase ls", "trilane erase ls --last 5 --json");
}

async function runErase(flags: EraseFlags, output: Output): Promise<number> {
  const mode = readMode(flags);
  const subjects = await readSubjects(flags);
  return withPlatform(async (platform) => {
    if (flags.dryRun === true) return dryRun(platform, { subjects, mode }, output);
    if (flags.yes !== true) {
      await dryRun(platform, { subjects, mode }, output);
      output.note("trilane: nothing was erased: --yes erases them");
      return EXIT.usage;
    }
    // Imported only here, so that the other commands start without the queue's client.
    const { eraseAndSweep } = await import("../erase-and-sweep.ts");
    const report = await eraseAndSweep(platform, {
      subjects,
      mode,
      by: `${userInfo().username}@${hostname()}`,
      letters: flags.letters ?? [],
      hasQueue: flags.queue,
      note: (text) => output.note(`trilane: ${text}`),
    });
    if (flags.report !== undefined) await writeFile(flags.report, `${JSON.stringify(report, null, 2)}\n`);
    output.result(report, reportText(report));
    // A lift removes nothing, and does not go through the queue.
    const hasMissedQueue = flags.queue && mode.kind !== "lift" && report.queue === null;
    return hasMissedQueue ? EXIT.tryAgain : EXIT.ok;
  });
}

function readMode({ until, permanent = false, lift = false }: EraseFlags): EraseMode {
  const given = [until !== undefined, permanent, lift].filter(Boolean).length;
  if (given > 1) throw usageError("--until, --permanent and --lift exclude each other");
  if (permanent) return { kind: "permanent" };
  if (lift) return { kind: "lift" };
  return { kind: "until", untilMs: until === undefined ? null : Math.floor(readTimeUs(until) / US_PER_MS) };
}

async function dryRun(
  platform: Platform,
  { subjects, mode }: { readonly subjects: readonly string[]; readonly mode: EraseMode },
  output: Output,
): Promise<number> {
  const untilUs = untilUsOf(platform, mode, confirmedNowMs(platform));
  const rows: { readonly subject: string; readonly records: number; readonly groups: object }[] = [];
  for (const name of subjects) {
    for (const subject of platform.subjects.allDigestsOf(name)) {
      const { found, groups } = await countCovered({ subject, untilUs }, platform.erasing);
      rows.push({ subject, records: mode.kind === "lift" ? 0 : found, groups });
    }
  }
  const text = rows.map(({ subject, records, groups }) => [subject, `${records} records`, countsText(groups)]);
  output.result({ dryRun: true, until: formatTimeUs(untilUs), subjects: rows }, textTable(text));
  return EXIT.ok;
}

function countsText(groups: object): string {
  return Object.entries(groups)
    .map(([group, count]) => `${group} ${String(count)}`)
    .join(", ");
}

function reportText({ erasures, removedByGroup, inForceAt, notCovered }: ErasureReport): string {
  const groups = countsText(removedByGroup);
  const summary = `in force since ${inForceAt}; removed: ${groups === "" ? "nothing" : groups}`;
  return [summary, erasuresText(erasures), "not covered:", ...notCovered.map((text) => `  ${text}`)].join("\n");
}

function erasuresText(erasures: ErasureReport["erasures"]): string {
  return textTable(
    erasures.map(({ number, subject, kind, until, phase, sweeps, removed, nextSweepAt }) => [
      String(number),
      subject,
      kind,
      `until ${until}`,
      phase,
      `${sweeps} sweeps`,
      `${removed} removed`,
      nextSweepAt === null ? "" : `next sweep ${nextSweepAt}`,
    ]),
  );
}

async function runList(lastText: string, output: Output): Promise<number> {
  const count = Number(lastText);
  if (!Number.isInteger(count) || count < 1 || count > LAST_MAX) {
    throw usageError(`--last is "${lastText}": give a whole number from 1 to ${LAST_MAX}`);
  }
  return withPlatform(async ({ erasing: { erasures } }) => {
    const { last, inForce } = await erasures.readState();
    const entries = await erasures.readEntries(Math.max(0, last - count), last);
    const listed = entries.map((entry) => listedErasure(entry, inForce));
    const rows = listed.map(({ number, askedAt, by, state, subject, until, removed }) => {
      return [String(number), askedAt, by, state, subject, `until ${until}`, `${removed} removed`];
    });
    const text = rows.length === 0 ? "nobody was erased" : textTable(rows);
    output.result({ last, inForce, erasures: listed }, text);
    return EXIT.ok;
  });
}

interface ListedErasure extends ReturnType<typeof reportedErasure> {
  readonly askedAt: string;
  readonly by: string;
  readonly state: string;
}

function listedErasure(entry: ErasureEntry, inForce: number): ListedErasure {
  const erasure = reportedErasure(entry);
  const state = entry.number > inForce ? "announced" : erasure.phase;
  return { ...erasure, askedAt: new Date(entry.atMs).toISOString(), by: entry.by, state };
}

async function runResume(output: Output): Promise<number> {
  return withPlatform(async (platform) => {
    const { open, overdue } = await erasureRound({ platform });
    output.result({ open, overdue }, `${open} erasures have a sweep to come, ${overdue} of them are overdue`);
    return EXIT.ok;
  });
}

async function runRestore(output: Output): Promise<number> {
  return withPlatform(
    async (platform) => {
      if (platform.erasureCopy === null) {
        throw usageError("TRILANE_ERASURE_COPY is not set: name the place that the erasures were kept in");
      }
      const restored = await restoreErasures(platform, platform.erasureCopy);
      const text = `${restored.length} erasures are back and in force; \`trilane erase resume\` sweeps again`;
      output.result({ restored: restored.length }, text);
      return EXIT.ok;
    },
    { mayHaveLostErasures: true },
  );
}
