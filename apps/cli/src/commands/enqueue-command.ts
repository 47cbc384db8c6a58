/**
 * `enqueue put|delete|refresh|load`: sends a job to the workers, and waits for
 * its receipts if asked to.
 */
import { groupOf, jsonSafe } from "@trilane/feature-groups";
import type { JobResult } from "@trilane/job-worker";
import type { Command } from "commander";
import { queueName } from "../config.ts";
import { usageError } from "../errors.ts";
import { EXIT } from "../exit-codes.ts";
import type { Output } from "../output.ts";
import { readJson, readEntity, readText, readTimeUs } from "../read-arguments.ts";
import { receiptsExitCode, receiptsText } from "../receipt-text.ts";
import { runAction, withExamples } from "../run-action.ts";
import { readConfig, readSettings } from "../with-platform.ts";

const WAIT_SECONDS_DEFAULT = "30";
const WAIT_SECONDS_MAX = 86_400;
const MS_PER_SECOND = 1_000;

interface EnqueueFlags {
  readonly wait?: boolean;
  readonly timeout: string;
  readonly queue?: string;
  readonly at?: string;
}

interface Job {
  readonly name: string;
  readonly data: unknown;
}

export function addEnqueueCommand(program: Command): void {
  const parent = program.command("enqueue").description("send a job to the workers (`trilane worker` runs them)");
  withExamples(parent, "trilane enqueue delete routes SEA SFO --wait", "trilane enqueue --help");

  const put = withFlags(parent.command("put"))
    .description("write records of a group")
    .argument("<group>", "feature group")
    .argument("<json>", "a record or a list of them, or - to read it from stdin");
  runsJob(put, async (group, [json = ""]) => {
    groupOf(await readConfig(), group);
    const input = jsonSafe(readJson(await readText(json)));
    return { name: "put", data: { group, records: Array.isArray(input) ? input : [input] } };
  });
  withExamples(
    put,
    `trilane enqueue put routes '{"origin":"SEA",...}' --wait`,
    "trilane enqueue put routes - < records.json",
  );

  const remove = withFlags(parent.command("delete"))
    .description("delete one entity of a group")
    .argument("<group>", "feature group")
    .argument("<key...>", "its key fields, in order")
    .option("--at <time>", "when it was deleted; default: when the job was sent");
  runsJob(remove, async (name, parts, { at }) => {
    const { group, key } = readEntity(await readConfig(), name, parts);
    return { name: "delete", data: { group: group.name, keys: [{ ...key, ...timeField(group, at) }] } };
  });
  withExamples(remove, "trilane enqueue delete routes SEA SFO --wait");

  const refresh = withFlags(parent.command("refresh"))
    .description("ask the group's resolver for an entity, and write what it answers")
    .argument("<group>", "feature group")
    .argument("<key...>", "its key fields, in order");
  runsJob(refresh, async (name, parts) => {
    const { group, key } = readEntity(await readConfig(), name, parts);
    return { name: "refresh", data: { group: group.name, key } };
  });
  withExamples(refresh, "trilane enqueue refresh routes SEA SFO --wait");

  const load = withFlags(parent.command("load"))
    .description("load objects from S3")
    .argument("<group>", "feature group")
    .argument("<source>", "s3://bucket/object, prefix or manifest");
  runsJob(load, async (group, [source = ""]) => {
    groupOf(await readConfig(), group);
    if (!source.startsWith("s3://")) throw usageError(`"${source}" is not s3://bucket/key: workers see no local files`);
    return { name: "load", data: { group, source } };
  });
  withExamples(load, "trilane enqueue load routes s3://flights/2001/ --wait --timeout 600");
}

function withFlags(command: Command): Command {
  return command
    .option("-w, --wait", "until the job is done; reads after that see what was applied")
    .option("--timeout <seconds>", "how long to wait; the job stays queued after it", WAIT_SECONDS_DEFAULT)
    .option("--queue <name>", "the BullMQ queue, by default that of the table (TRILANE_QUEUE)");
}

type MakeJob = (group: string, words: readonly string[], flags: EnqueueFlags) => Promise<Job>;

function runsJob(command: Command, makeJob: MakeJob): void {
  command.action((group: string, words: string | readonly string[], flags: EnqueueFlags) =>
    runAction(command, async (output) => {
      const job = await makeJob(group, typeof words === "string" ? [words] : words, flags);
      return send(job, flags, output);
    }),
  );
}

async function send({ name, data }: Job, flags: EnqueueFlags, output: Output): Promise<number> {
  const { wait = false } = flags;
  const timeoutMs = readSeconds(flags.timeout) * MS_PER_SECOND;
  const { table, queueUrl, queueAccess: access, jobSigning: signing } = await readSettings();
  // Imported only here, so that the other commands start without the queue's client.
  const { enqueue, queueOfTable } = await import("@trilane/job-worker");
  const queue = flags.queue ?? queueName() ?? queueOfTable(table);
  const { id, result } = await enqueue({ name, data, wait, timeoutMs, queueUrl, access, queue, signing });
  output.result({ id, result }, result === null ? `job ${id}` : resultText(result));
  return result?.kind === "written" ? receiptsExitCode(result.receipts) : EXIT.ok;
}

function resultText(result: JobResult): string {
  if (result.kind === "erased") return `${result.erasures.length} erasures are in force`;
  if (result.kind === "written") return receiptsText(result.receipts);
  const { loadId, units, consumed, receipts, alreadyDone } = result.report;
  const counts = Object.entries(receipts).map(([status, count]) => `${status} ${count}`);
  const before = alreadyDone ? " (done before)" : "";
  return `load ${loadId}${before}: ${units} units, ${consumed} records\n  ${counts.join(", ")}`;
}

function timeField(
  { name, eventTime }: { readonly name: string; readonly eventTime: { readonly field: string } | object },
  at: string | undefined,
): Readonly<Record<string, string>> {
  if (at === undefined) return {};
  readTimeUs(at);
  if ("field" in eventTime) return { [eventTime.field]: at };
  throw usageError(`"${name}" has no event-time field: its deletes count from when the job was sent`);
}

function readSeconds(text: string): number {
  const seconds = Number(text);
  if (seconds > 0 && seconds <= WAIT_SECONDS_MAX) return seconds;
  throw usageError(`--timeout is "${text}": give seconds, up to ${WAIT_SECONDS_MAX}`);
}
