/** The answers of an object store that are worth another attempt. */
import { describe, expect, it } from "vitest";
import { isTransient } from "../src/with-attempts.ts";

function answered(name: string, httpStatusCode: number): Error {
  return Object.assign(new Error("said by the service"), { name, $metadata: { httpStatusCode } });
}

describe("an answer of the object store", () => {
  it.each([
    ["ExpiredToken", 400],
    ["RequestTimeTooSkewed", 403],
    ["RequestTimeout", 400],
    ["SlowDown", 503],
    ["Anything", 429],
    ["InternalError", 500],
  ])("is worth another attempt: %s with status %d", (name, status) => {
    expect(isTransient(answered(name, status))).toBe(true);
  });

  it.each([
    ["AccessDenied", 403],
    ["NoSuchKey", 404],
    ["InvalidRange", 416],
  ])("is final: %s with status %d", (name, status) => {
    expect(isTransient(answered(name, status))).toBe(false);
  });

  it("is worth another attempt where there are no credentials yet", () => {
    expect(isTransient(Object.assign(new Error("none found"), { name: "CredentialsProviderError" }))).toBe(true);
  });
});
