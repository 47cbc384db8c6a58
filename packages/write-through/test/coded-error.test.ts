import { describe, expect, it } from "vitest";
import { CodedError, CoreError, messageOf } from "../src/index.ts";

describe("a coded error", () => {
  it("has its class's name, its code and whether the call may succeed later", () => {
    const error = new CoreError("STORE_THROTTLED", "store: less, please", { fields: { calls: 8 } });
    expect(error).toBeInstanceOf(CodedError);
    expect(error).toMatchObject({ name: "CoreError", code: "STORE_THROTTLED", retryable: true, fields: { calls: 8 } });
    expect(new CoreError("STORE_REJECTED", "no").retryable).toBe(false);
  });

  it("has a cause only where there is one", () => {
    const cause = new Error("below");
    expect(new CoreError("CACHE_LOST", "lost", { cause }).cause).toBe(cause);
    expect(Object.hasOwn(new CoreError("CACHE_LOST", "lost"), "cause")).toBe(false);
  });
});

describe("messageOf", () => {
  it("gives the message of an error, and anything else as text", () => {
    expect(messageOf(new CoreError("CLOSED", "the writer is closed"))).toBe("the writer is closed");
    expect(messageOf("thrown text")).toBe("thrown text");
    expect(messageOf(undefined)).toBe("undefined");
  });
});
