import { mkdtemp, rm } from "node:fs/promises";
import { getPriority, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { EngineMissing, EngineProcess, EngineRefusal } from "../../src/engine/engine-process.ts";

const MISSING = fileURLToPath(new URL("missing-engine.ts", import.meta.url));
let folder: string;
const settings = () => ({ folder, workFolder: folder, memoryBytesMax: 200_000_000, threads: 1 });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "engine-process-"));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

test("an engine whose process is killed refuses what it was asked, and all that comes then", async () => {
  const engine = await EngineProcess.open(settings());
  const endless = engine.run("SELECT count(*) FROM range(1000000000000) AS a, range(1000000) AS b");
  process.kill(engine.processId ?? 0, "SIGKILL");
  await expect(endless).rejects.toThrow(EngineRefusal);
  await expect(engine.run("SELECT 1")).rejects.toThrow("the engine has ended: it ended with SIGKILL");
  await engine.close();
});

test("an engine that takes more memory than it may have ends by itself, and says so", async () => {
  const opened = EngineProcess.open({ ...settings(), residentBytesMax: 1 });
  const endless = opened.then((engine) => engine.run("SELECT count(*) FROM range(1000000000000), range(1000000)"));
  await expect(endless).rejects.toThrow("it took more memory than TRILANE_LOAD_ENGINE_MEMORY_BYTES");
});

test("an engine goes on after a statement that it refused, and gives rows some at a time", async () => {
  const engine = await EngineProcess.open(settings());
  await expect(engine.run("SELECT nothing")).rejects.toThrow(EngineRefusal);
  let rows = 0;
  for await (const [column = []] of engine.rows("SELECT * FROM range(10000)", 3_000)) rows += column.length;
  expect(rows).toBe(10_000);
  await engine.close();
});

test("an engine runs at the priority of its settings", async () => {
  const engine = await EngineProcess.open({ ...settings(), priority: getPriority() + 3 });
  expect(getPriority(engine.processId)).toBe(getPriority() + 3);
  await engine.close();
});

test("an engine that is not installed is told apart from one that refuses", async () => {
  await expect(EngineProcess.open(settings(), MISSING)).rejects.toThrow(EngineMissing);
});
