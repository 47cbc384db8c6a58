/** The figures of a comparison as one table in Markdown, with how they came about. */
import { availableParallelism, cpus, totalmem } from "node:os";
import { formatTable } from "../commands/format-table.ts";
import { TTL_SECONDS } from "./alternatives.ts";
import { approaches } from "./approaches.ts";
import type { RunFigures } from "./run-approach.ts";
import { PAYLOAD_CHARACTERS, READERS, READS_PER_SECOND, WRITERS, WRITES_PER_SECOND } from "./workload.ts";

export interface ReportFacts {
  readonly seconds: number;
  readonly seed: number;
  readonly keys: number;
  readonly servers: string;
  /** The command line that made it. */
  readonly command: string;
  readonly date: Date;
}

/** An approach without and with faults. */
export interface Compared {
  readonly approach: string;
  readonly calm: RunFigures;
  readonly faulty: RunFigures;
}

const BYTES_PER_GIB = 1_024 ** 3;

export function comparisonTable(all: readonly Compared[]): string {
  return formatTable(
    [
      "approach",
      "no faults: wrong reads per million",
      "wrong / reads",
      "faults: wrong reads per million",
      "wrong / reads",
      "writes acknowledged",
      "reads unanswered",
      "evictions",
    ],
    all.map(({ approach, calm, faulty }) => [
      approach,
      whole(calm.wrongPerMillion),
      `${whole(calm.wrongReads)} / ${whole(calm.reads)}`,
      whole(faulty.wrongPerMillion),
      `${whole(faulty.wrongReads)} / ${whole(faulty.reads)}`,
      `${whole(calm.writes)}; ${whole(faulty.writes)}`,
      `${whole(calm.failedReads)}; ${whole(faulty.failedReads)}`,
      `${whole(calm.evictions)}; ${whole(faulty.evictions)}`,
    ]),
  );
}

export function comparisonReport(all: readonly Compared[], facts: ReportFacts): string {
  const { seconds, seed, keys, servers, command, date } = facts;
  return `# What people use instead, under the same load and faults

Made by \`${command}\` on ${date.toISOString().slice(0, 10)}.

Machine: ${describeMachine()}. Servers: ${servers}, all on this machine.

${comparisonTable(all)}

A read is wrong when it returns something older than a write that was acknowledged, or than what any read had returned,
before it began: the [history checker](../../packages/verification/README.md#the-history-checker) decides. Where two
figures stand, the first is without faults, the second with them.

## Who is compared

${approaches.map(({ name, summary }) => `- **${name}**. ${summary}.`).join("\n")}

The code of the alternatives is in [alternatives.ts](../../packages/verification/src/comparison/alternatives.ts): what
people write, in as few lines. All share the store, which is right in itself (a put on the condition that the stored
version is absent or smaller, consistent reads), and the clients' options (timeouts, no resending). Where the wild knows
several forms, the alternatives got the kinder one: a write whose cache step fails is sent again, a record that is sent
again has its cache step again, one that the store refused for a newer one sets nothing, copies live for ${TTL_SECONDS} s only.

## Load and faults

- ${WRITERS} writers of ${WRITES_PER_SECOND} and ${READERS} readers of ${READS_PER_SECOND} operations a second, as processes of their own, on ${keys} keys, of which few are
  hot, with payloads of ${PAYLOAD_CHARACTERS} characters. 10 % of the writes are repeated, 20 % late. The cache holds less than all copies,
  so that it evicts.
- Faults, one at a time, in a seeded order: the link to cache or store, of one process or of all, is delayed, stalled
  (bytes held, then delivered), cut, or loses its replies; kill -9 of a writer, which starts again from its last mark;
  SIGSTOP of a writer or a reader.
- ${seconds} s for each approach without faults and as much with them, seed ${seed}: the same records, keys and schedule of faults for
  all, one after the other, each on an empty cache and a table of its own. How the machine interleaves them is not
  repeatable.
- The loss of the whole cache (flush, restart, failover) is left out. It is a matter of [regimes](../regimes.md), not of
  the way in which copies are kept.
- A read or write without an answer counts as neither right nor wrong. The alternatives here give none when the cache
  gives none.
`;
}

function describeMachine(): string {
  const model = cpus()[0]?.model.trim() ?? "unknown processor";
  const memory = Math.round(totalmem() / BYTES_PER_GIB);
  return `${availableParallelism()} cores (${model}), ${memory} GiB, Node.js ${process.version}, ${process.platform}`;
}

function whole(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}
