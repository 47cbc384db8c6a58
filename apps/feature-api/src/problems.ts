/**
 * Refusals and failures of whole requests. The list of codes is closed. The
 * codes of single records come from the core (`ErrorCode`) and from
 * feature-groups.
 */

export type ProblemCode =
  | "UNKNOWN_GROUP"
  | "UNKNOWN_ROUTE"
  /** Key fields are missing, unknown or malformed. */
  | "INVALID_KEY"
  /** The route does not accept the body or a parameter. */
  | "INVALID_REQUEST"
  | "TOO_MANY_KEYS"
  | "BODY_TOO_LARGE"
  /** There are more bytes of features than fit into one answer. */
  | "ANSWER_TOO_LARGE"
  | "UNAUTHORIZED"
  /** The client may not read one of the groups. */
  | "NOT_ALLOWED"
  /** More requests are under way than this process accepts. */
  | "OVERLOADED"
  | "INTERNAL";

const STATUS: Readonly<Record<ProblemCode, number>> = {
  UNKNOWN_GROUP: 404,
  UNKNOWN_ROUTE: 404,
  INVALID_KEY: 422,
  INVALID_REQUEST: 422,
  TOO_MANY_KEYS: 422,
  BODY_TOO_LARGE: 413,
  ANSWER_TOO_LARGE: 413,
  UNAUTHORIZED: 401,
  NOT_ALLOWED: 403,
  OVERLOADED: 503,
  INTERNAL: 500,
};

/** The body of every answer that is no read. */
export interface ProblemBody {
  readonly status: "refused" | "failed";
  readonly code: string;
  readonly message: string;
}

export class Problem extends Error {
  readonly code: ProblemCode;
  readonly httpStatus: number;

  constructor(code: ProblemCode, message: string, httpStatus: number = STATUS[code]) {
    super(message);
    this.name = "Problem";
    this.code = code;
    this.httpStatus = httpStatus;
  }
}

export function problemBody(code: string, message: string, httpStatus: number): ProblemBody {
  return { status: httpStatus >= 500 ? "failed" : "refused", code, message };
}
