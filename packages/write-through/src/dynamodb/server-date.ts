/** Reads the server's time from the Date header of its answer to one command. */
import type { GetItemCommand } from "@aws-sdk/client-dynamodb";

export interface ServerDate {
  /** Milliseconds since 1970, cut to whole seconds; null before the answer, and where the answer has no date. */
  serverTimeMs: number | null;
}

/** To be called before the command is sent, which must be with options: the chain of other calls is kept without it. */
export function keepDate(command: GetItemCommand): ServerDate {
  const date: ServerDate = { serverTimeMs: null };
  command.middlewareStack.add(
    (next) => async (request) => {
      const result = await next(request);
      date.serverTimeMs = dateOf(result.response);
      return result;
    },
    { step: "deserialize", name: "keepDate" },
  );
  return date;
}

function dateOf(response: unknown): number | null {
  const { headers } = (response ?? {}) as { readonly headers?: Readonly<Record<string, string | undefined>> };
  // oxlint-disable-next-line no-restricted-globals -- reads a text; the present is the server's
  const ms = Date.parse(headers?.["date"] ?? "");
  return Number.isNaN(ms) ? null : ms;
}
