/** The memory that a process keeps is told apart from its garbage, so that a planted leak fails the verdict. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { judgeSoak, type KeptSample } from "../../src/soak/judge-soak.ts";
import { INSPECTED, INSPECTOR_ADDRESS, inspectMemory } from "../../src/soak/kept-memory.ts";

const LOOKS = 4;
const MS_PER_LOOK = 60_000;
/** The inspector listens before the program has begun. */
const READY = "the program makes its garbage from now on";

/** Makes as much of both before each collection: objects on the heap, and bytes beside it, some 4 MiB. */
const program = (keeps: boolean): string => `
  const kept = [];
  const collect = globalThis.gc;
  globalThis.gc = () => {
    const made = [Buffer.alloc(600_000, 1), Array.from({ length: 60_000 }, (_, index) => ({ index }))];
    if (${keeps}) kept.push(made);
    collect();
  };
  setInterval(() => undefined, 1_000);
  console.error("${READY}");`;

/** As if a minute had passed between two looks: what a young process compiles and warms up is little beside that. */
async function keptBy(source: string): Promise<readonly KeptSample[]> {
  const child = spawn(process.execPath, [...INSPECTED, "--eval", source], { stdio: ["ignore", "ignore", "pipe"] });
  try {
    let text = "";
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    while (!INSPECTOR_ADDRESS.test(text) || !text.includes(READY)) await once(child.stderr, "data");
    const { keptMiB, close } = await inspectMemory(INSPECTOR_ADDRESS.exec(text)?.[1] ?? "");
    const samples: KeptSample[] = [];
    for (let look = 0; look < LOOKS; look += 1) samples.push({ atMs: look * MS_PER_LOOK, keptMiB: await keptMiB() });
    close();
    return samples;
  } finally {
    child.kill("SIGKILL");
  }
}

function problemsOf(kept: readonly KeptSample[]): readonly string[] {
  const samples = kept.map(({ atMs }) => ({ atMs, residentMiB: 100, delayP99Ms: 1, cpuSeconds: 0 }));
  return judgeSoak([{ name: "lane", isOneProcess: true, samples, kept }], []).problems;
}

test("a planted leak fails the verdict, and as much garbage does not", async () => {
  const [leaking, flat] = await Promise.all([keptBy(program(true)), keptBy(program(false))]);
  expect(problemsOf(leaking)).toEqual([expect.stringContaining("what it keeps after a collection grows")]);
  expect(problemsOf(flat)).toEqual([]);
});

test("an address where nobody listens is an error that names it", async () => {
  await expect(inspectMemory("ws://127.0.0.1:1/none")).rejects.toThrow("ws://127.0.0.1:1/none");
});
