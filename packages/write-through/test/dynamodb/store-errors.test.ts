/** The meaning of the SDK's errors: credentials that are being renewed end no lane. */
import { describe, expect, it } from "vitest";
import { storeErrorOf } from "../../src/dynamodb/store-errors.ts";

function named(name: string): Error {
  return Object.assign(new Error("said by the service"), { name });
}

describe("an error of the store's client", () => {
  it.each([
    "CredentialsProviderError",
    "TokenProviderError",
    "ExpiredTokenException",
    "ExpiredToken",
    "RequestExpired",
    "RequestTimeTooSkewed",
    "InvalidSignatureException",
    "UnrecognizedClientException",
    "SomethingThatNobodyKnows",
  ])("is worth another attempt where the next may have other credentials: %s", (name) => {
    expect(storeErrorOf(named(name), "put items")).toMatchObject({ code: "STORE_UNAVAILABLE", retryable: true });
  });

  it.each(["AccessDeniedException", "ResourceNotFoundException", "ValidationException"])(
    "is final where the request itself is at fault: %s",
    (name) => {
      expect(storeErrorOf(named(name), "put items")).toMatchObject({ code: "STORE_REJECTED", retryable: false });
    },
  );
});
