/** Translates the client's errors into the core's, by the server's code or the client's class. */
import { CoreError, type ErrorCode } from "../errors.ts";
import type { CacheFailure } from "../ports/cache.ts";

/**
 * The first word of an error reply is its code. Only codes that are known to be permanent count as final: a proxy, a
 * module or a later server may answer anything, and a lane must survive an answer that nobody expected.
 */
const CODE_OF_REPLY: Readonly<Record<string, ErrorCode>> = {
  CACHELOST: "CACHE_LOST",
  READONLY: "CACHE_LOST",
  DEMOTED: "CACHE_LOST",
  OOM: "CACHE_FULL",
  LATE: "CACHE_UNAVAILABLE",
  // The server takes no writes now: its disk is full, or it has fewer replicas than it must have.
  MISCONF: "CACHE_UNAVAILABLE",
  NOREPLICAS: "CACHE_UNAVAILABLE",
  LOADING: "CACHE_UNAVAILABLE",
  BUSY: "CACHE_UNAVAILABLE",
  MASTERDOWN: "CACHE_UNAVAILABLE",
  TRYAGAIN: "CACHE_UNAVAILABLE",
  CLUSTERDOWN: "CACHE_UNAVAILABLE",
  MOVED: "CACHE_UNAVAILABLE",
  ASK: "CACHE_UNAVAILABLE",
  // Every script checks the type first: the value is of a module's type, or of a later server's.
  WRONGTYPE: "CACHE_CORRUPT",
  NOAUTH: "CACHE_MISCONFIGURED",
  NOPERM: "CACHE_MISCONFIGURED",
  DENIED: "CACHE_MISCONFIGURED",
  // A client for one server was pointed at a node of a cluster.
  CROSSSLOT: "CACHE_MISCONFIGURED",
  WRONGPASS: "CACHE_MISCONFIGURED",
};

export function cacheErrorOf(cause: unknown, doing: string): CoreError {
  if (cause instanceof CoreError) return cause;
  const error = cause instanceof Error ? cause : new Error(String(cause));
  const code = codeOf(error);
  return new CoreError(code, `cache: ${doing}: ${error.message}`, { cause });
}

/** The errors of a single bucket that prove something about the whole cache, the worst first. */
const PROOFS: readonly ErrorCode[] = ["CACHE_EPOCH_TAKEN", "CACHE_LOST"];

/** Of one command's failures at several buckets, the one that proves most; null where there is none. */
export function decidingFailure(failures: readonly CacheFailure[]): CacheFailure | null {
  const proofs = PROOFS.flatMap((code) => failures.filter(({ error }) => error.code === code));
  return proofs[0] ?? failures[0] ?? null;
}

function codeOf(error: Error): ErrorCode {
  if (error.name !== "ReplyError") return "CACHE_UNAVAILABLE";
  const word = error.message.split(/[ :]/, 1)[0] ?? "";
  return CODE_OF_REPLY[word] ?? "CACHE_UNAVAILABLE";
}

/** True for the reply of a script whose deadline was over by the server's clock. */
export function isLate(cause: unknown): boolean {
  return cause instanceof Error && cause.name === "ReplyError" && cause.message.startsWith("LATE");
}

/** The node did not run the command: another one holds the slot (`moved`), or is taking it over (`ask`). */
export interface Redirection {
  readonly kind: "moved" | "ask";
  /** `host:port` */
  readonly node: string;
}

export function redirectionOf(cause: unknown): Redirection | null {
  if (!(cause instanceof Error) || cause.name !== "ReplyError") return null;
  const [word, , node] = cause.message.split(" ");
  if (node === undefined || (word !== "MOVED" && word !== "ASK")) return null;
  return { kind: word === "MOVED" ? "moved" : "ask", node };
}

/** True for a node of a cluster that gave no answer, or cannot give one now. The slots may have moved. */
export function isSilence(cause: unknown): boolean {
  if (!(cause instanceof Error) || cacheErrorOf(cause, "").code !== "CACHE_UNAVAILABLE") return false;
  // A slot that is moving, or a script that came too late: in both cases the node did answer.
  return !isLate(cause) && !(cause.name === "ReplyError" && /^(TRYAGAIN|ASK) /.test(cause.message));
}
