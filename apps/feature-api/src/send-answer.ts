/** Sends answers over HTTP, with the status and the time after which to try again. */
import type { FastifyReply } from "fastify";
import type { AnswerOutcome, WrittenAnswer } from "./write-answer.ts";

/** Seconds until a retry makes sense: soon for failures that pass, later for those that need an operator. */
const RETRY_SOON_SECONDS = 1;
const RETRY_LATER_SECONDS = 30;

const JSON_TYPE = "application/json; charset=utf-8";

export function statusOf(answer: AnswerOutcome): number {
  switch (answer.status) {
    case "found":
      return 200;
    case "absent":
      return 404;
    case "refused":
      return 422;
    case "failed":
      return answer.cause === "dependency" ? 503 : 500;
  }
}

/** Sends one answer, with the fields of `more` after its own. */
export function sendAnswer(reply: FastifyReply, { outcome, text }: WrittenAnswer, more: object | null): FastifyReply {
  if (outcome.status === "failed") setRetryAfter(reply, [outcome]);
  return sendText(reply.code(statusOf(outcome)), more === null ? text : withFields(text, JSON.stringify(more)));
}

/**
 * Sends several answers in one body. The status is 200 as soon as one record could be read, because each answer has its
 * own status. It is the failure's status when nothing could be read at all, so that load balancers and circuit breakers
 * see it.
 */
export function sendAnswers(reply: FastifyReply, answers: readonly WrittenAnswer[], body: string): FastifyReply {
  const tried = answers.map(({ outcome }) => outcome).filter(({ status }) => status !== "refused");
  const isAllFailed = tried.length > 0 && tried.every(({ status }) => status === "failed");
  if (isAllFailed) setRetryAfter(reply, tried);
  return sendText(reply.code(isAllFailed ? Math.max(...tried.map(statusOf)) : 200), body);
}

function sendText(reply: FastifyReply, text: string): FastifyReply {
  return reply.header("content-type", JSON_TYPE).send(text);
}

/** The text of an object that is not empty, with the fields of a second one after its own. */
function withFields(text: string, more: string): string {
  return more === "{}" ? text : `${text.slice(0, -1)},${more.slice(1)}`;
}

function setRetryAfter(reply: FastifyReply, answers: readonly AnswerOutcome[]): void {
  if (!answers.some((answer) => answer.status === "failed" && answer.cause === "dependency")) return;
  const isSoon = answers.some((answer) => answer.status === "failed" && answer.retryable);
  void reply.header("retry-after", String(isSoon ? RETRY_SOON_SECONDS : RETRY_LATER_SECONDS));
}
