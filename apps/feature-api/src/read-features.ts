/** Reads one key, or many in one call of the reader; one answer per key, in order. */
import type { FeatureGroup, FeatureReader, FeatureRequest } from "@trilane/feature-groups";
import { type Clock, decided, fillGaps, forEachPair, itemAt, open } from "@trilane/write-through";
import type { FastifyReply } from "fastify";
import type { FeatureAnswer, FieldValues } from "./describe-result.ts";
import { isFieldValues, keyProblem } from "./key-fields.ts";
import { Problem } from "./problems.ts";
import type { BudgetShare, ReadBudget } from "./read-budget.ts";
import { recordText, writeAnswer, type WrittenAnswer, writeResult } from "./write-answer.ts";

export interface ReadPorts {
  readonly reader: FeatureReader;
  readonly clock: Pick<Clock, "nowMs">;
  readonly budget: ReadBudget;
}

export interface Wanted {
  readonly group: FeatureGroup;
  readonly key: unknown;
}

const NO_FIELDS: FieldValues = {};
/**
 * The part of an answer that is read at once, so that records of unknown size are not all read before it is known that
 * they do not fit.
 */
const PAGES_MIN = 4;

/** As {@link readFeatures} for one key, without any list. @throws Problem ANSWER_TOO_LARGE, OVERLOADED */
export async function readFeature(
  { reader, clock, budget }: ReadPorts,
  wanted: Wanted,
  reply: Pick<FastifyReply, "raw">,
): Promise<WrittenAnswer> {
  const refusal = refusalOf(wanted);
  if (refusal !== null) return refusal;
  const share = shareUntilSent(budget, reply);
  const request = requestOf(wanted);
  const answer = await share.hold(budget.expectedBytes(request.group), async () => {
    const result = await reader.getAsText(request, recordText);
    const value = writeResult(request, result, clock.nowMs());
    const bytes = Buffer.byteLength(value.text);
    budget.observe(request.group, bytes);
    return { value, bytes };
  });
  if (share.heldBytes > budget.limits.answerBytesMax) throw tooLarge(share.heldBytes, 1, 1);
  return answer;
}

/** The memory of the answers is held until `reply` is sent. @throws Problem ANSWER_TOO_LARGE, OVERLOADED */
export async function readFeatures(
  ports: ReadPorts,
  wanted: readonly Wanted[],
  reply: Pick<FastifyReply, "raw">,
): Promise<WrittenAnswers> {
  const { budget } = ports;
  const share = shareUntilSent(budget, reply);
  const answers: WrittenAnswer[] = [];
  const texts: string[] = [];
  while (answers.length < wanted.length) {
    const { page, expectedBytes } = nextPage(budget, wanted, answers.length);
    const read = await share.hold(expectedBytes, () => readPage(ports, page));
    answers.push(...read.answers);
    texts.push(read.text);
    if (share.heldBytes > budget.limits.answerBytesMax) throw tooLarge(share.heldBytes, answers.length, wanted.length);
  }
  return { answers, text: texts.join(",") };
}

function shareUntilSent(budget: ReadBudget, { raw }: Pick<FastifyReply, "raw">): BudgetShare {
  const share = budget.open();
  raw.once("close", () => share.release());
  return share;
}

export interface WrittenAnswers {
  readonly answers: readonly WrittenAnswer[];
  /** The texts of all, with commas between them. */
  readonly text: string;
}

interface Page {
  readonly page: readonly Wanted[];
  readonly expectedBytes: number;
}

/** At least one, and no more than are expected to fit into a part of an answer. */
function nextPage(budget: ReadBudget, wanted: readonly Wanted[], start: number): Page {
  const bytesMax = budget.limits.answerBytesMax / PAGES_MIN;
  let [end, expectedBytes] = [start, 0];
  for (let at = start; at < wanted.length; at += 1) {
    const bytes = budget.expectedBytes(itemAt(wanted, at).group.name);
    if (end > start && expectedBytes + bytes > bytesMax) break;
    end += 1;
    expectedBytes += bytes;
  }
  return { page: end - start === wanted.length ? wanted : wanted.slice(start, end), expectedBytes };
}

async function readPage(
  { reader, clock, budget }: ReadPorts,
  wanted: readonly Wanted[],
): Promise<{ readonly value: WrittenAnswers; readonly bytes: number }> {
  const slots = wanted.map((one) => {
    const refusal = refusalOf(one);
    return refusal === null ? open(requestOf(one)) : decided(refusal);
  });
  const answers = await fillGaps<WrittenAnswer, FeatureRequest>(slots, async (requests) => {
    const results = await reader.getManyAsText(requests, recordText);
    const nowMs = clock.nowMs();
    return requests.map(({ group, key }, at) => writeResult({ group, key }, itemAt(results, at), nowMs));
  });
  // The whole is one piece of memory, whose bytes are counted faster than those of each part.
  const text = answers.map((answer) => answer.text).join(",");
  const bytes = Buffer.byteLength(text);
  const bytesPerUnit = bytes / text.length;
  forEachPair(wanted, answers, ({ group }, answer) => budget.observe(group.name, answer.text.length * bytesPerUnit));
  return { value: { answers, text }, bytes };
}

function tooLarge(bytes: number, read: number, all: number): Problem {
  const problem = `${read} of ${all} records have ${bytes} bytes already, which is more than fits in one answer`;
  return new Problem("ANSWER_TOO_LARGE", `${problem}; send several requests with fewer keys each`);
}

/** The reader checks the values of the key and reports their faults. */
function requestOf({ group, key }: Wanted): FeatureRequest {
  return { group: group.name, key: key as FeatureRequest["key"] };
}

function refusalOf({ group, key }: Wanted): WrittenAnswer | null {
  const message = keyProblem(group, key);
  if (message === null) return null;
  const shown = isFieldValues(key) ? key : NO_FIELDS;
  const refused: FeatureAnswer = { group: group.name, key: shown, status: "refused", code: "INVALID_KEY", message };
  return writeAnswer(refused);
}
