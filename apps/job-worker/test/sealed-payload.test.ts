/** The bytes of a signature, as docs/access.md describes them for senders of other languages. */
import { createHmac } from "node:crypto";
import { expect, it } from "vitest";
import { JOB_BYTES_MAX, readJobText } from "../src/decode.ts";
import { isSignedBy, seal, sealedOf } from "../src/sealed-payload.ts";

const KEY = "an-example-key-of-docs-access-md";
const text = '{"group":"routes","keys":[{"origin":"SEA","destination":"SFO"}]}';
const parts = { client: "checkout", name: "delete", id: "order-4711", atMs: 1_795_705_200_123, text };
const job = { name: parts.name, id: parts.id };

it("is HMAC-SHA-256 over form, client, name, id, time and payload, line by line", () => {
  const bytes = `trilane-job-1\ncheckout\ndelete\norder-4711\n1795705200123\n${text}`;
  const mac = createHmac("sha256", KEY).update(bytes).digest("hex");
  expect(seal(parts, KEY)).toEqual({ signed: { client: "checkout", atMs: 1_795_705_200_123, mac }, payload: text });
  expect(mac).toBe("f8c1513c581009ba500bbb97dce4c9e643610a1d36ad4936b39b5542977ac753");
});

it("is right by either key of the client, and for nothing else than was signed", () => {
  const sealed = seal(parts, KEY);
  const isRight = (more: object, sent = job, keys = ["another key", KEY]): boolean =>
    isSignedBy({ ...sealed, ...more }, sent, keys);
  expect(isRight({})).toBe(true);
  expect(isRight({}, job, ["another key"])).toBe(false);
  expect(isRight({}, job, [])).toBe(false);
  expect(isRight({ payload: text.replace("SEA", "PDX") })).toBe(false);
  expect(isRight({ signed: { ...sealed.signed, atMs: parts.atMs + 1 } })).toBe(false);
  expect(isRight({ signed: { ...sealed.signed, client: "ranking" } })).toBe(false);
  expect(isRight({}, { ...job, id: "order-4712" })).toBe(false);
  expect(isRight({}, { ...job, name: "put" })).toBe(false);
});

it("does not let a line feed move a part into another one", () => {
  const moved = { ...parts, name: "delete\norder-4711", id: "x" };
  expect(isSignedBy(seal(moved, KEY), { name: moved.name, id: moved.id }, [KEY])).toBe(false);
});

it("is found in the data of a job, whose payload keeps exact numbers and its own maximum", () => {
  const big = '{"group":"routes","keys":[{"origin":9007199254740993}]}';
  const data = JSON.stringify(seal({ ...parts, text: big }, KEY));
  expect(readJobText("delete", data)).toMatchObject({
    data: { group: "routes", keys: [{ origin: 9_007_199_254_740_993n }] },
    text: big,
    sealed: { signed: { client: "checkout" } },
  });
  expect(readJobText("delete", big)).toMatchObject({ text: big, sealed: null });
  const quotes = JSON.stringify('"'.repeat(JOB_BYTES_MAX / 2 - 1));
  expect(readJobText("put", JSON.stringify(seal({ ...parts, text: quotes }, KEY))).text).toBe(quotes);
  const large = JSON.stringify("x".repeat(JOB_BYTES_MAX));
  for (const each of [large, JSON.stringify(seal({ ...parts, text: large }, KEY))]) {
    expect(() => readJobText("put", each)).toThrow(expect.objectContaining({ code: "INVALID_JOB" }));
  }
});

it.each([
  { group: "routes" },
  { signed: {}, payload: "{}" },
  { signed: { client: "x", atMs: 1, mac: "XY" }, payload: "" },
  null,
])("is not found in %j", (data) => {
  expect(sealedOf(data)).toBeNull();
});
