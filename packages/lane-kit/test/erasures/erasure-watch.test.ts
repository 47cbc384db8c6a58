/** The second place is compared about once a minute, and only a list that is behind ends the process. */
import { setImmediate as turn } from "node:timers/promises";
import { CoreError, type ErasureStore } from "@trilane/write-through";
import { MemoryStore, VirtualClock } from "@trilane/write-through/testing";
import { pino } from "pino";
import { expect, it } from "vitest";
import { ErasureWatch } from "../../src/erasures/erasure-watch.ts";

const lost = new CoreError("ERASURES_LOST", "the list ends with 0");
const unavailable = new CoreError("STORE_UNAVAILABLE", "the second place does not answer");

interface Watched {
  readonly watch: ErasureWatch;
  readonly checks: Pick<ErasureStore, "readState">[];
  readonly warnings: string[];
  readonly failures: CoreError[];
  passMinute(): Promise<void>;
}

function watched(answers: readonly (CoreError | null)[]): Watched {
  const clock = new VirtualClock();
  const [checks, warnings, failures]: [Watched["checks"], string[], CoreError[]] = [[], [], []];
  const logger = pino({ level: "warn" }, { write: (line: string) => void warnings.push(line) });
  const check = async (erasures: Pick<ErasureStore, "readState">): Promise<void> => {
    const error = answers[checks.length] ?? null;
    checks.push(erasures);
    if (error !== null) throw error;
  };
  const onLost = (error: CoreError): void => void failures.push(error);
  const erasures = new MemoryStore(clock);
  const watch = new ErasureWatch({ copy: { check }, erasures, clock, random: () => 0.5, logger, onLost });
  const passMinute = async (): Promise<void> => {
    clock.advance(60_000);
    await turn();
  };
  return { watch, checks, warnings, failures, passMinute };
}

it("compares about once a minute, until it is closed", async () => {
  const { watch, checks, failures, warnings, passMinute } = watched([]);
  for (let minute = 1; minute <= 3; minute += 1) {
    await passMinute();
    expect(checks).toHaveLength(minute);
  }
  await watch.close();
  await passMinute();
  expect([checks.length, failures, warnings]).toEqual([3, [], []]);
});

it("goes on without an answer of the second place, and says so; a list that is behind ends the process", async () => {
  const { watch, failures, warnings, passMinute } = watched([unavailable, null, lost]);
  await passMinute();
  expect(failures).toEqual([]);
  expect(warnings.join("")).toContain("STORE_UNAVAILABLE");
  await passMinute();
  expect(failures).toEqual([]);
  await passMinute();
  expect(failures).toEqual([lost]);
  await watch.close();
});
