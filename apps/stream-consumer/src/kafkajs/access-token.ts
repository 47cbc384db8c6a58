/** Access tokens by the client credentials grant of OAuth 2.0 (RFC 6749, section 4.4). */
import type { KafkaLogin } from "@trilane/lane-kit";
import { type Clock, messageOf } from "@trilane/write-through";
import { StreamError } from "../errors.ts";

type OAuthLogin = Extract<KafkaLogin, { mechanism: "oauthbearer" }>;

/** A token is asked for anew when less than this share of its life is left. */
const LIFE_LEFT_MIN = 0.2;
const ANSWER_WITHIN_MS = 10_000;
const MS_PER_SECOND = 1_000;

interface Token {
  readonly value: string;
  readonly renewAtMs: number;
}

/**
 * Each call of the returned function gives a token that is valid for some more time; all connections share one.
 * @throws StreamError (the returned function) TOKEN_REFUSED, TOKEN_UNAVAILABLE
 */
export function createTokenSource(
  login: OAuthLogin,
  { clock, send = fetch }: { readonly clock: Pick<Clock, "monotonicMs">; readonly send?: typeof fetch },
): () => Promise<string> {
  let current: Promise<Token> | null = null;
  return async () => {
    const token = await current?.catch(() => null);
    if (token !== null && token !== undefined && clock.monotonicMs() < token.renewAtMs) return token.value;
    current = askForToken(login, { nowMs: clock.monotonicMs(), send });
    return (await current).value;
  };
}

async function askForToken(
  { tokenUrl, clientId, clientSecret, scope }: OAuthLogin,
  { nowMs, send }: { readonly nowMs: number; readonly send: typeof fetch },
): Promise<Token> {
  const form = new URLSearchParams({ grant_type: "client_credentials", ...(scope === undefined ? {} : { scope }) });
  const credentials = Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret())}`);
  const answer = await answerOf(tokenUrl, () =>
    send(tokenUrl, {
      method: "POST",
      headers: {
        authorization: `Basic ${credentials.toString("base64")}`,
        "content-type": "application/x-www-form-urlencoded",
        accept: "application/json",
      },
      body: form,
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    }),
  );
  const { access_token: value, expires_in: lifeSeconds = 0 } = answer;
  if (typeof value !== "string" || typeof lifeSeconds !== "number")
    throw new StreamError("TOKEN_REFUSED", `${named(tokenUrl)} answered without an access token`);
  return { value, renewAtMs: nowMs + lifeSeconds * MS_PER_SECOND * (1 - LIFE_LEFT_MIN) };
}

/** The body of an error may repeat the credentials, so only its status is reported. */
async function answerOf(tokenUrl: string, send: () => Promise<Response>): Promise<Readonly<Record<string, unknown>>> {
  try {
    const response = await send();
    if (response.ok) return (await response.json()) as Readonly<Record<string, unknown>>;
    const isOutage = response.status >= 500 || response.status === 429;
    const text = `${named(tokenUrl)} answered ${response.status}; TRILANE_KAFKA_USERNAME and TRILANE_KAFKA_PASSWORD are its client id and secret`;
    throw new StreamError(isOutage ? "TOKEN_UNAVAILABLE" : "TOKEN_REFUSED", text);
  } catch (cause) {
    if (cause instanceof StreamError) throw cause;
    throw new StreamError("TOKEN_UNAVAILABLE", `${named(tokenUrl)} does not answer: ${messageOf(cause)}`, { cause });
  }
}

function named(tokenUrl: string): string {
  return `the token endpoint ${new URL(tokenUrl).origin} (TRILANE_KAFKA_TOKEN_URL)`;
}
