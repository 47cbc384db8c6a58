/** One key of a read on its way to its result. */
import type { CoreError } from "../errors.ts";
import type { TimeOfDay } from "../ports/clock.ts";
import type { StoredCopy } from "../ports/store.ts";
import type { ReaderPorts, ReadResult, ReadSource } from "./reader.ts";

export interface Inquiry {
  readonly key: string;
  result: ReadResult | null;
}

/** Whether a record is expired is never answered by a clock that nobody confirms. */
export function answer(copy: StoredCopy, source: ReadSource, time: TimeOfDay): ReadResult {
  const { version, body } = copy;
  if (body === null || body.payload === null) return { kind: "absent", version, source };
  if (time.kind === "unconfirmed") return { kind: "failed", error: time.error };
  if (body.expiresAtMs <= time.nowMs) return { kind: "absent", version, source };
  return { kind: "found", version, payload: body.payload, expiresAtMs: body.expiresAtMs, source };
}

export function fail(
  inquiry: Inquiry,
  error: CoreError,
  { port, step, ports }: { readonly port: "store" | "cache"; readonly step: string; readonly ports: ReaderPorts },
): void {
  inquiry.result = { kind: "failed", error };
  ports.emit({ type: "port-failed", port, step, error });
}
