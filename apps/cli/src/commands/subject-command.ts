/** `subject ls|export`: the records of one person, for the right of access. */
import { formatTimeUs, jsonSafe } from "@trilane/feature-groups";
import { type SubjectRecord, subjectRecords } from "@trilane/lane-kit";
import type { Command } from "commander";
import { EXIT } from "../exit-codes.ts";
import type { Output } from "../output.ts";
import { runAction, withExamples } from "../run-action.ts";
import { readSubjects, type SubjectFlags, withSubjectFlags } from "../subject-arguments.ts";
import { textTable } from "../text-table.ts";
import { addRekeyCommand } from "./rekey-command.ts";
import { withPlatform } from "../with-platform.ts";

export function addSubjectCommand(program: Command): void {
  const subject = program
    .command("subject")
    .description("the records of a person: ls lists them, export gives them; rekey changes the key of their digests");
  withExamples(subject, "trilane subject ls --subject P-1", "trilane subject export --subject P-1 > person.ndjson");
  const list = withSubjectFlags(subject.command("ls"))
    .description("which records there are of a person, by group and key")
    .action((flags: SubjectFlags, command: Command) => runAction(command, (output) => runList(flags, output)));
  withExamples(list, "trilane subject ls --subject P-1", "trilane subject ls --subjects - < names.txt");
  const all = withSubjectFlags(subject.command("export"))
    .description("the records of a person with all their features, one line of JSON each")
    .action((flags: SubjectFlags, command: Command) => runAction(command, (output) => runExport(flags, output)));
  withExamples(all, "trilane subject export --subject P-1 > person.ndjson");
  addRekeyCommand(subject);
}

async function runList(flags: SubjectFlags, output: Output): Promise<number> {
  const records: object[] = [];
  const rows: (readonly string[])[] = [];
  await eachRecord(flags, ({ group, key, eventTimeUs }) => {
    const eventTime = formatTimeUs(eventTimeUs);
    records.push({ group, key, eventTime });
    rows.push([group, key, eventTime]);
  });
  output.result({ records }, rows.length === 0 ? "no records" : textTable(rows));
  return rows.length === 0 ? EXIT.notFound : EXIT.ok;
}

async function runExport(flags: SubjectFlags, output: Output): Promise<number> {
  const found = await eachRecord(flags, ({ group, key, eventTimeUs, version, features }) => {
    const line = { group, key, eventTime: formatTimeUs(eventTimeUs), version, features: jsonSafe(features) };
    output.result(line, JSON.stringify(line));
  });
  output.note(`trilane: ${found} records`);
  return found === 0 ? EXIT.notFound : EXIT.ok;
}

/** The number of records. */
async function eachRecord(flags: SubjectFlags, take: (record: SubjectRecord) => void): Promise<number> {
  const subjects = await readSubjects(flags);
  return withPlatform(async (platform) => {
    let found = 0;
    for (const subject of subjects) {
      for await (const record of subjectRecords(platform, subject)) {
        take(record);
        found += 1;
      }
    }
    return found;
  });
}
