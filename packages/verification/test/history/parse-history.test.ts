import { describe, expect, it } from "vitest";
import { VerificationError } from "../../src/errors.ts";
import type { History } from "../../src/history/history.ts";
import { parseHistory } from "../../src/history/parse-history.ts";

async function* chunksOf(text: string, size: number): AsyncGenerator<string> {
  for (let offset = 0; offset < text.length; offset += size) yield text.slice(offset, offset + size);
}

function parse(text: string, chunkSize = 7): Promise<History> {
  return parseHistory(chunksOf(text, chunkSize));
}

async function failureOf(text: string): Promise<VerificationError> {
  try {
    await parse(text);
  } catch (error) {
    if (error instanceof VerificationError) return error;
    throw error;
  }
  throw new Error("the history was accepted");
}

const WRITE = '{"process":1,"op":"write","key":"k","version":"v1","invoke":100,"return":200}';

describe("parseHistory", () => {
  it("reads operations across chunk borders, with times since the first invocation", async () => {
    const read = '{"process":2,"op":"read","key":"k","version":null,"invoke":150,"return":null}';
    const history = await parse(`${WRITE}\n\n${read}\n`);
    expect(history.length).toBe(2);
    expect(history.read(0)).toEqual({ process: 1, op: "write", key: "k", version: "v1", invoke: 0, return: 100 });
    expect(history.read(1)).toEqual({ process: 2, op: "read", key: "k", version: null, invoke: 50, return: null });
    expect(history.lineOf(1)).toBe(3);
  });

  it("keeps nanoseconds above 2^53 exact, whatever the key says", async () => {
    const line = (invoke: string, returned: string): string =>
      `{"process":1,"op":"read","key":"\\"invoke\\":7,","version":null,"invoke":${invoke},"return":${returned}}`;
    const history = await parse(
      `${line("1769600000000000001", "1769600000000000002")}\n${line("1769600000000000003", "1769600000000000006")}`,
    );
    expect(history.read(0)).toMatchObject({ invoke: 0, return: 1 });
    expect(history.read(1)).toMatchObject({ invoke: 2, return: 5 });
  });

  it.each([
    ["{", "not JSON"],
    ["[1]", "not an object"],
    [WRITE.replace('"process":1', '"process":"a"'), '"process" is not an integer'],
    [WRITE.replace('"write"', '"delete"'), '"op" is neither'],
    [WRITE.replace('"key":"k"', '"key":7'), '"key" is not a string'],
    [WRITE.replace('"v1"', "7"), '"version" is neither'],
    [WRITE.replace('"v1"', "null"), "a write without a version"],
    [WRITE.replace("100", "null"), '"invoke" is null'],
    [WRITE.replace("100", "1.5"), '"invoke" is not whole nanoseconds'],
    [WRITE.replace(',"return":200', ""), '"return" is not whole nanoseconds'],
    [WRITE.replace("200", "99"), '"return" is before "invoke"'],
    [WRITE.replace("200", "9e300"), '"return" is not plain digits'],
    [WRITE.replace("200", "99999999999999999"), '"return" is more than 104 days'],
  ])("refuses %s", async (line, message) => {
    const failure = await failureOf(`${WRITE}\n${line}\n${WRITE}`);
    expect(failure.code).toBe("HISTORY_UNUSABLE");
    expect(failure.line).toBe(2);
    expect(failure.message).toContain(`line 2: ${message}`);
    expect(failure.remedy.length).toBeGreaterThan(0);
  });
});
