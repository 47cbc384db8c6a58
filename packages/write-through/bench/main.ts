/**
 * Measures side by side, in one run, on the same servers and the same records:
 * the loop that people write by hand, and this core. Prints a table and writes
 * it to docs/benchmarks. Needs the servers' addresses in the environment (`npm
 * run bench` starts them).
 *
 *   node packages/write-through/bench/main.ts [--records N] [--rounds N] [--no-file]
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { describeMachine } from "./describe-machine.ts";
import { type Figures, type Measured, median } from "./measure.ts";
import { openServers } from "./open-servers.ts";
import { readApproaches } from "./read-approaches.ts";
import { readTable, writeTable } from "./tables.ts";
import { writeApproaches } from "./write-approaches.ts";

const { values } = parseArgs({
  options: {
    records: { type: "string", default: "10000" },
    rounds: { type: "string", default: "3" },
    "no-file": { type: "boolean", default: false },
  },
});
const records = Number(values.records);
const rounds = Number(values.rounds);
const REPORT = new URL("../../../docs/benchmarks/write-and-read.md", import.meta.url);

const servers = await openServers();
try {
  const writes = [
    ...(await measureInTurns(await writeApproaches(servers, "cold", records))),
    ...(await measureInTurns(await writeApproaches(servers, "hot", records))),
  ];
  const reads = await measureInTurns(await readApproaches(servers, records));
  const text = report(writes, reads);
  process.stdout.write(text);
  if (!values["no-file"]) writeFileSync(REPORT, text);
} finally {
  await servers.close();
}

/**
 * Each round runs every approach once, so that a change of the machine's speed affects them all. The first round warms
 * up.
 */
async function measureInTurns(approaches: readonly Measured[]): Promise<readonly Figures[]> {
  const all: Figures[][] = approaches.map(() => []);
  for (let round = 0; round <= rounds; round += 1) {
    for (const [index, approach] of approaches.entries()) {
      const figures = await approach.run(round);
      if (round > 0) all[index]?.push(figures);
      process.stderr.write(
        `${figures.load} ${figures.name}: ${Math.round(figures.perSecond)}/s${round === 0 ? " (warm-up)" : ""}\n`,
      );
    }
  }
  return all.map(median);
}

function report(writes: readonly Figures[], reads: readonly Figures[]): string {
  return `# Writes and reads beside the hand-written loop

Made by \`npm run bench -- --records ${records} --rounds ${rounds}\`: the median of ${rounds} rounds after a warm-up, all
approaches in turn in every round, on the same servers. Times depend on the machine; ratios and counts less so.

Machine: ${describeMachine()}. Servers: ${servers.description}. All on one machine, so that the servers'
own CPU bounds the rates: client CPU and counts are what carries over.

## Writes

Per record; "by hand" is a conditional PutItem, then a SET, 32 at a time. It is not safe: see docs/protocol.md for the
stale reads that it allows. Cold: every record a key of its own. Hot: 100 keys, versions in random order. "PartiQL by
hand" inserts new items and nothing else: no versions, no cache, no receipts.

${writeTable(writes)}
DynamoDB Local shares the machine's two cores with the client, and cold writes are bound by it, by either approach. It
reports no capacity for PartiQL batches, so that the capacity units of the core are those of its single calls and reads
only.

## Reads of cached records

1,000 keys of 300 bytes, all cached. \`get\`: 100 callers at once, each one key at a time. \`getMany\`: 100 keys per call. A
read of this core also checks that the cache is the one it believes it is, which the raw commands do not.

${readTable(reads)}`;
}
