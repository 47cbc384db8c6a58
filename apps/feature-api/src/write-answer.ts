/**
 * Answers as JSON text. Each record's text is made once, when it is read, and
 * the body of a response is put together from these texts. It is the text that
 * `JSON.stringify` makes of `describeResult`; for records that are found, which
 * most are, it is composed without the object in between. Versions, times and
 * sources hold no character that JSON escapes.
 */
import { type FeatureResult, formatTimeUs, jsonSafe, type TextOfRecord } from "@trilane/feature-groups";
import { eventTimeUsOf } from "@trilane/write-through";
import { ageMsOf, type Asked, describeResult, type FeatureAnswer, formatExpiry } from "./describe-result.ts";

/** The part of an answer that decides about the status of its response. */
export type AnswerOutcome =
  | { readonly status: "found" | "absent" | "refused" }
  | { readonly status: "failed"; readonly retryable: boolean; readonly cause: "dependency" | "record" };

export interface WrittenAnswer {
  readonly outcome: AnswerOutcome;
  readonly text: string;
}

const FOUND: AnswerOutcome = { status: "found" };

/** The fields of a record that is found which depend on nothing but the record, up to the value of its age. */
export const recordText: TextOfRecord = ({ features, version, expiresAtMs }) => {
  const eventTime = formatTimeUs(eventTimeUsOf(version));
  const times = `"eventTime":"${eventTime}","expiresAt":"${formatExpiry(expiresAtMs)}"`;
  return `"features":${JSON.stringify(jsonSafe(features))},"version":"${version}",${times},"ageMs":`;
};

/** @param result with {@link recordText} for its features */
export function writeResult(asked: Asked, result: FeatureResult<string>, nowMs: number): WrittenAnswer {
  if (result.kind === "found") return { outcome: FOUND, text: foundText(asked, result.record, nowMs) };
  return writeAnswer(describeResult(asked, result, nowMs));
}

export function writeAnswer(answer: FeatureAnswer): WrittenAnswer {
  return { outcome: answer, text: JSON.stringify(answer) };
}

type FoundRecord = Extract<FeatureResult<string>, { readonly kind: "found" }>["record"];

function foundText({ group, key }: Asked, record: FoundRecord, nowMs: number): string {
  const { features: text, eventTimeUs, source } = record;
  const asked = `{"group":"${group}","key":${JSON.stringify(key)},"status":"found",`;
  return `${asked}${text}${ageMsOf(eventTimeUs, nowMs)},"source":"${source}"}`;
}
