/**
 * `lua-mutants`: puts each bug into the scripts on real servers, and says which
 * check catches it, and how fast.
 */
import { ServersError } from "@trilane/servers";
import { formatTable } from "./format-table.ts";
import { EXIT_RIGHT, EXIT_VIOLATION } from "./check-command.ts";
import type { LuaMutant } from "../lua-mutants/lua-mutant.ts";
import { luaMutants } from "../lua-mutants/lua-mutants.ts";
import { type Catch, catchLuaMutant, type CheckOptions } from "../lua-mutants/run-lua-mutants.ts";
import { type CacheEngine, ServerUnderTest } from "../lua-mutants/server-under-test.ts";

export interface LuaMutantsOutput {
  readonly out: (text: string) => void;
  /** Takes progress messages, which are no part of the result. */
  readonly progress: (text: string) => void;
}

const ENGINES: readonly CacheEngine[] = ["redis", "valkey"];

/** Returns the exit code: 1 when no check catches one of the bugs, or when the right scripts fail. */
export async function luaMutantsCommand(options: CheckOptions, output: LuaMutantsOutput): Promise<number> {
  let isRight = true;
  for (const engine of ENGINES) {
    const underTest = await startServer(engine, output);
    if (underTest === null) continue;
    try {
      isRight = (await runOn(underTest, options, output)) && isRight;
    } finally {
      await underTest.stop();
    }
  }
  return isRight ? EXIT_RIGHT : EXIT_VIOLATION;
}

async function startServer(engine: CacheEngine, output: LuaMutantsOutput): Promise<ServerUnderTest | null> {
  try {
    return await ServerUnderTest.start(engine);
  } catch (error) {
    if (!(error instanceof ServersError) || error.code !== "engine-unavailable") throw error;
    output.out(`${engine} is left out: ${error.message}`);
    return null;
  }
}

async function runOn(underTest: ServerUnderTest, options: CheckOptions, output: LuaMutantsOutput): Promise<boolean> {
  const { engine, version } = underTest.server;
  output.progress(`${engine} ${version}: the right scripts`);
  const startedAt = performance.now();
  const failure = await catchLuaMutant(underTest, null, options);
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  if (failure !== null) {
    output.out(`${engine} ${version}: the right scripts fail "${failure.check}": ${failure.reason}`);
    return false;
  }
  const rows: (readonly string[])[] = [];
  let uncaught = 0;
  for (const mutant of luaMutants) {
    output.progress(`${engine}: ${mutant.script}: ${mutant.name}`);
    const caught = await catchLuaMutant(underTest, mutant, options);
    if (caught === null) uncaught += 1;
    rows.push(toRow(mutant, caught));
  }
  output.out(`\n${engine} ${version}, ${options.sequences} sequences of seed ${options.seed}\n`);
  output.out(formatTable(["script", "bug", "caught by", "sequence", "ms"], rows));
  output.out(`\nThe right scripts pass all checks, in ${seconds} s.`);
  output.out(`${luaMutants.length} bugs, ${uncaught} caught by nothing.`);
  return uncaught === 0;
}

function toRow({ script, name }: LuaMutant, caught: Catch | null): readonly string[] {
  if (caught === null) return [script, name, "NOTHING", "–", "–"];
  const sequence = caught.sequence === null ? "–" : String(caught.sequence);
  return [script, name, caught.check, sequence, caught.milliseconds.toFixed(0)];
}
