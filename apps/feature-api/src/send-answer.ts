/** Sends answers over HTTP, with the status and the time after which to try again. */
import type { FastifyReply } from "fastify";
import type { FeatureAnswer } from "./describe-result.ts";

/** Seconds until a retry makes sense: soon for failures that pass, later for those that need an operator. */
const RETRY_SOON_SECONDS = 1;
const RETRY_LATER_SECONDS = 30;

export function statusOf(answer: FeatureAnswer): number {
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

export function sendAnswer(reply: FastifyReply, answer: FeatureAnswer, more: object = {}): FastifyReply {
  if (answer.status === "failed") setRetryAfter(reply, [answer]);
  return reply.code(statusOf(answer)).send({ ...answer, ...more });
}

/**
 * Sends several answers in one body. The status is 200 as soon as one record could be read, because each answer has its
 * own status. It is the failure's status when nothing could be read at all, so that load balancers and circuit breakers
 * see it.
 */
export function sendAnswers(reply: FastifyReply, answers: readonly FeatureAnswer[], body: object): FastifyReply {
  const tried = answers.filter(({ status }) => status !== "refused");
  const [first] = tried;
  const isAllFailed = first !== undefined && tried.every(({ status }) => status === "failed");
  if (isAllFailed) setRetryAfter(reply, tried);
  return reply.code(isAllFailed ? Math.max(...tried.map(statusOf)) : 200).send(body);
}

function setRetryAfter(reply: FastifyReply, answers: readonly FeatureAnswer[]): void {
  if (!answers.some((answer) => answer.status === "failed" && answer.cause === "dependency")) return;
  const isSoon = answers.some((answer) => answer.status === "failed" && answer.retryable);
  void reply.header("retry-after", String(isSoon ? RETRY_SOON_SECONDS : RETRY_LATER_SECONDS));
}
