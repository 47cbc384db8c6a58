/** A history as the NDJSON that `check` reads. */
import type { History } from "../history/history.ts";

export function* formatHistory(history: History): Generator<string> {
  for (let index = 0; index < history.length; index++) yield `${JSON.stringify(history.read(index))}\n`;
}
