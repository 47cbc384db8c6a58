/**
 * `get`, `put` and `rm`: read and write one entity, through the same reader and
 * writer as every lane.
 */
import { describeExplanation, describeResult, type FeatureAnswer } from "@trilane/feature-api/answers";
import { askedPlaces, type FeatureChange, type FeatureGroup, groupOf } from "@trilane/feature-groups";
import { confirmedNowMs, type Platform, type RetryPolicy, writeUntilSettled } from "@trilane/lane-kit";
import type { Command } from "commander";
import { answerExitCode, answerText, explanationText } from "../answer-text.ts";
import { usageError } from "../errors.ts";
import type { Output } from "../output.ts";
import { readJson, readEntity, readText, readTimeUs } from "../read-arguments.ts";
import { receiptJson, receiptsExitCode, receiptsText } from "../receipt-text.ts";
import { runAction, withExamples } from "../run-action.ts";
import { readConfig, withPlatform } from "../with-platform.ts";

/** A person waits, so the attempts last a few seconds in all. */
const RETRY: RetryPolicy = { attemptsMax: 5, baseMs: 100, maxMs: 2_000 };
const US_PER_MS = 1_000;

export function addRecordCommands(program: Command): void {
  const get = program
    .command("get")
    .description("read one record")
    .argument("<group>", "feature group")
    .argument("<key...>", "its key fields, in order")
    .option("-e, --explain", "cache and store side by side")
    .action((group: string, key: readonly string[], flags: GetFlags, command: Command) =>
      runAction(command, (output) => runGet({ group, key }, flags, output)),
    );
  withExamples(get, "trilane get routes SEA SFO", "trilane get routes SEA SFO --explain");

  const put = program
    .command("put")
    .description("write one record; the receipt says what became of it")
    .argument("<group>", "feature group")
    .argument("<json>", "the record, or - to read it from stdin")
    .option("--at <time>", "its event time, in groups that take it from the source; default now")
    .action((group: string, json: string, flags: TimeFlags, command: Command) =>
      runAction(command, (output) => runPut({ group, json }, flags, output)),
    );
  withExamples(
    put,
    `trilane put routes '{"origin":"SEA","destination":"SFO","date":"2001-06-30T08:00:00Z","delay":3,"distance":679}'`,
  );

  const remove = program
    .command("rm")
    .description("delete one record; records with an older event time stay deleted when they come again")
    .argument("<group>", "feature group")
    .argument("<key...>", "its key fields, in order")
    .option("--at <time>", "when it was deleted; newer records count; default now")
    .action((group: string, key: readonly string[], flags: TimeFlags, command: Command) =>
      runAction(command, (output) => runRemove({ group, key }, flags, output)),
    );
  withExamples(remove, "trilane rm routes SEA SFO", "trilane rm routes SEA SFO --at 2001-06-30T12:00:00Z");
}

interface GetFlags {
  readonly explain?: boolean;
}

interface TimeFlags {
  readonly at?: string;
}

interface Words {
  readonly group: string;
  readonly key: readonly string[];
}

async function runGet(words: Words, { explain = false }: GetFlags, output: Output): Promise<number> {
  const entity = readEntity(await readConfig(), words.group, words.key);
  return withPlatform(async (platform) => {
    const { reader, clock } = platform;
    const asked = { group: entity.group.name, key: entity.key };
    // The sides are shown before the read, which would fill the cache.
    const explained = explain ? await reader.explain(asked.group, asked.key) : null;
    const [result] = await reader.getMany([asked]);
    const answer = describeResult(asked, result, clock.nowMs());
    if (explained === null) {
      output.result(answer, answerText(answer));
    } else {
      const explanation = describeExplanation(explained, clock.nowMs());
      output.result({ ...answer, explanation }, `${answerText(answer)}\n\n${explanationText(explanation)}`);
    }
    noteFailure(answer, output);
    return answerExitCode(answer);
  });
}

function noteFailure(answer: FeatureAnswer, output: Output): void {
  if (answer.status === "failed") output.note(`trilane: nothing older is shown instead: ${answer.message}`);
}

async function runPut(
  { group: name, json }: { readonly group: string; readonly json: string },
  { at }: TimeFlags,
  output: Output,
): Promise<number> {
  const group: FeatureGroup = groupOf(await readConfig(), name);
  if (at !== undefined && "field" in group.eventTime) {
    throw usageError(
      `the event time of "${name}" is its field "${group.eventTime.field}": write it there, not in --at`,
    );
  }
  const input = readJson(await readText(json));
  return withPlatform((platform) => writeOne(platform, { kind: "put", group: name, input }, at, output));
}

async function runRemove(words: Words, { at }: TimeFlags, output: Output): Promise<number> {
  const { group, key } = readEntity(await readConfig(), words.group, words.key);
  return withPlatform((platform) => writeOne(platform, { kind: "delete", group: group.name, input: key }, at, output));
}

async function writeOne(
  platform: Platform,
  change: FeatureChange,
  at: string | undefined,
  output: Output,
): Promise<number> {
  const askedMs = confirmedNowMs(platform);
  const sourceTimeUs = at === undefined ? askedMs * US_PER_MS : readTimeUs(at);
  const placed = { ...change, place: askedPlaces(askedMs)(0) };
  const receipts = await writeUntilSettled(platform, [placed], { lane: "on-demand", sourceTimeUs, retry: RETRY });
  output.result({ receipts: receipts.map(receiptJson) }, receiptsText(receipts));
  return receiptsExitCode(receipts);
}
