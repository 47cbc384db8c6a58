/** A request to erase persons, as jobs and HTTP carry it. */
import { parseIsoTimeUs } from "@trilane/feature-groups";
import { z } from "zod";
import type { EraseMode } from "./erase-subjects.ts";

/** The persons of one request; more come in several requests. */
export const REQUEST_SUBJECTS_MAX = 1_000;
const SUBJECT_CHARACTERS_MAX = 1_024;
const US_PER_MS = 1_000;

/** Up to when; without any of them, records up to the present. */
export interface EraseTerms {
  readonly until?: string | undefined;
  readonly permanent?: boolean | undefined;
  readonly lift?: boolean | undefined;
}

const subjects = z.array(z.string().min(1).max(SUBJECT_CHARACTERS_MAX)).min(1).max(REQUEST_SUBJECTS_MAX);
const until = z.string().refine(isTime, "expected a time such as 2001-05-31T23:59:00Z");

export const eraseRequest = z
  .strictObject({
    subjects,
    until: until.optional(),
    permanent: z.boolean().optional(),
    lift: z.boolean().optional(),
  })
  .refine(hasOneMode, "until, permanent and lift exclude each other");

export function eraseModeOf(request: EraseTerms): EraseMode {
  if (request.permanent === true) return { kind: "permanent" };
  if (request.lift === true) return { kind: "lift" };
  if (request.until === undefined) return { kind: "until", untilMs: null };
  return { kind: "until", untilMs: Math.floor(parseIsoTimeUs(request.until) / US_PER_MS) };
}

function isTime(text: string): boolean {
  return Number.isSafeInteger(parseIsoTimeUs(text));
}

function hasOneMode(request: EraseTerms): boolean {
  const given = [request.until !== undefined, request.permanent === true, request.lift === true];
  return given.filter(Boolean).length <= 1;
}
