/**
 * The meaning of an object store's failed answer to a list, a head or a read of
 * a manifest.
 */
import { SettingsError } from "@trilane/lane-kit";
import { messageOf } from "@trilane/write-through";
import { LoadError } from "../errors.ts";
import { httpStatusOf, isTransient } from "../with-attempts.ts";

const HTTP_MOVED = 301;
const HTTP_FORBIDDEN = 403;

/** An outage is worth another run; a refusal says what to do. `context` is a text such as `cannot list s3://…`. */
export function sourceError(error: unknown, context: string): LoadError {
  if (error instanceof LoadError) return error;
  if (error instanceof SettingsError) return new LoadError("SOURCE_REFUSED", error.message, { cause: error });
  const name = error instanceof Error ? error.name : "";
  const problem = `${context} (${name}: ${messageOf(error)})`;
  const remedy = remedyOf(error);
  if (remedy === null && isTransient(error)) {
    return new LoadError("SOURCE_UNAVAILABLE", `${problem}: there was no answer. Run the load again`, { cause: error });
  }
  return new LoadError("INVALID_SOURCE", `${problem}${remedy === null ? "" : `: ${remedy}`}`, { cause: error });
}

/** An answer to a HEAD has no body, so only its status says what is wrong. */
function remedyOf(error: unknown): string | null {
  if (error instanceof Error && error.name === "InvalidAccessKeyId")
    return "the object store does not know this key: see AWS_ACCESS_KEY_ID, AWS_PROFILE and the role of this process";
  if (error instanceof Error && error.name === "SignatureDoesNotMatch")
    return "the secret does not fit the key: see AWS_SECRET_ACCESS_KEY";
  switch (httpStatusOf(error)) {
    case HTTP_MOVED:
      return "the bucket is in another region: set AWS_REGION to its own";
    case HTTP_FORBIDDEN:
      return "the credentials may not read it, or may not list the bucket and it is not there";
    default:
      return null;
  }
}
