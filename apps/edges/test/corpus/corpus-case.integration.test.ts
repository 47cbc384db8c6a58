/**
 * Every file of the corpus goes through the batch lane, every message through
 * the stream lane and every job through the on-demand lane, on real servers.
 * The stored, counted, refused and kept records are those that the index says.
 */
import { load, IncompleteLoadError, LoadError, type LoadReport } from "@trilane/batch-loader";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CaseOf, bytesOf, casesOf, type CorpusSetting, jsonOf, openCorpusSetting } from "./corpus-setting.ts";
import { type JobLane, openJobLane } from "./job-lane.ts";
import { asInIndex, countsOf, type FoundLetter, storedValues } from "./right-outcome.ts";
import { openStreamLane, type StreamLane } from "./stream-lane.ts";

let setting: CorpusSetting;
let stream: StreamLane;
let jobs: JobLane;

beforeAll(async () => {
  setting = await openCorpusSetting();
  [stream, jobs] = await Promise.all([openStreamLane(setting, casesOf("stream")), openJobLane(setting)]);
});
afterAll(async () => {
  await Promise.all([stream.close(), jobs.close()]);
  await setting.close();
});

interface Loaded {
  readonly outcome: string;
  readonly report: LoadReport | null;
}

async function loaded(group: string, source: string): Promise<Loaded> {
  const { platform, stores } = setting;
  try {
    return { outcome: "done", report: await load({ platform, stores, group, source }) };
  } catch (error) {
    if (error instanceof IncompleteLoadError) return { outcome: error.code, report: error.report };
    if (error instanceof LoadError) return { outcome: error.code, report: null };
    throw error;
  }
}

async function lettersOf(report: LoadReport | null): Promise<readonly FoundLetter[]> {
  const uri = report?.deadLetters ?? null;
  return uri === null ? [] : ((await setting.linesUnder(uri)) as readonly FoundLetter[]);
}

describe.concurrent("the batch lane", () => {
  test.each(casesOf("batch").map((one) => [one.name, one] as const))("takes %s as the index says", async (_, one) => {
    const key = `files/${one.file}`;
    await setting.put(key, bytesOf(one));
    await check(one, await loaded(one.name, `s3://${setting.name}/${key}`));
  });

  test.each(casesOf("listing").map((one) => [one.name, one] as const))("takes %s as the index says", async (_, one) => {
    const prefix = `${one.name}/`;
    const objects = Object.entries(jsonOf(one) as Readonly<Record<string, string>>);
    await Promise.all(objects.map(([name, text]) => setting.put(prefix + name, text)));
    const found = await loaded(one.name, `s3://${setting.name}/${prefix}`);
    const passedOver = found.report?.passedOver.map(({ reason, objects: count }) => [reason, count] as const) ?? [];
    expect(Object.fromEntries(passedOver)).toEqual(one.passedOver);
    await check(one, found);
  });

  async function check(one: CaseOf<"batch" | "listing">, { outcome, report }: Loaded): Promise<void> {
    expect({
      outcome,
      receipts: countsOf({ ...report?.receipts }),
      values: await storedValues(setting, one),
      letters: asInIndex(await lettersOf(report), one),
    }).toEqual({ outcome: one.outcome, receipts: one.receipts, values: one.values, letters: one.letters });
  }
});

describe("the stream lane", () => {
  test.each(casesOf("stream").map((one) => [one.name, one] as const))("takes %s as the index says", async (_, one) => {
    const { receipts, letters } = await stream.outcomeOf(one);
    expect({ receipts, values: await storedValues(setting, one), letters: asInIndex(letters, one) }).toEqual({
      receipts: one.receipts,
      values: one.values,
      letters: one.letters,
    });
  });
});

describe.concurrent("the on-demand lane", () => {
  test.each(casesOf("job").map((one) => [one.name, one] as const))("takes %s as the index says", async (_, one) => {
    const { receipts, refusal, letters } = await jobs.run(one);
    expect(refusal ?? "").toContain(one.refusal ?? "");
    expect({
      isRefused: refusal !== null,
      receipts,
      values: await storedValues(setting, one),
      letters: asInIndex(letters, one),
    }).toEqual({ isRefused: one.refusal !== null, receipts: one.receipts, values: one.values, letters: one.letters });
  });
});
