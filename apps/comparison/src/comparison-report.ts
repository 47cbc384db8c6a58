/**
 * Writes the figures of a comparison as one table in Markdown, with the
 * conditions under which they were measured.
 */
import { availableParallelism, cpus, totalmem } from "node:os";
import { formatTable } from "@trilane/verification/format-table";
import { TTL_SECONDS } from "./common-approaches.ts";
import { approaches } from "./approaches.ts";
import { DEMOTED_MS, EVERY_MS, LAG_MS, SPLIT_MS } from "./failover-schedule.ts";
import type { RunFigures } from "./run-approach.ts";
import type { Range } from "./seeded.ts";
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

/** An approach in each condition. */
export interface Compared {
  readonly approach: string;
  readonly calm: RunFigures;
  readonly faulty: RunFigures;
  readonly failover: RunFigures;
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
      "failovers: wrong reads per million",
      "wrong / reads",
      "failovers",
      "writes acknowledged",
      "reads unanswered",
      "evictions",
    ],
    all.map(({ approach, calm, faulty, failover }) => {
      const runs = [calm, faulty, failover];
      return [
        approach,
        ...runs.flatMap((run) => [whole(run.wrongPerMillion), `${whole(run.wrongReads)} / ${whole(run.reads)}`]),
        whole(failover.fired),
        runs.map(({ writes }) => whole(writes)).join("; "),
        runs.map(({ failedReads }) => whole(failedReads)).join("; "),
        runs.map(({ evictions }) => (evictions === null ? "–" : whole(evictions))).join("; "),
      ];
    }),
  );
}

export function comparisonReport(all: readonly Compared[], facts: ReportFacts): string {
  const { seconds, seed, keys, servers, command, date } = facts;
  return `# What people use instead, under the same load, faults and failovers

Made by \`${command}\` on ${date.toISOString().slice(0, 10)}.

Machine: ${describeMachine()}. Servers: ${servers}, all on this machine.

${comparisonTable(all)}

A read is wrong when it returns something older than a write that was acknowledged, or than what any read had returned,
before it began: the [history checker](../../packages/verification/README.md#the-history-checker) decides. Where three
figures stand, the first is without faults, the second with them, the third with failovers. Evictions are not counted
where servers come and go.

## Who is compared

${approaches.map(({ name, summary }) => `- **${name}**. ${summary}.`).join("\n")}

The code of the common approaches is in [common-approaches.ts](../../apps/comparison/src/common-approaches.ts): what
people write, in as few lines. All share the store, which is right in itself (a put on the condition that the stored
version is absent or smaller, consistent reads), and the clients' options (timeouts, no resending). Where the wild knows
several forms, they got the kinder one: a write whose cache step fails is sent again, a record that is sent
again has its cache step again, one that the store refused for a newer one sets nothing, copies live for ${TTL_SECONDS} s only.

## Load, faults and failovers

- ${WRITERS} writers of ${WRITES_PER_SECOND} and ${READERS} readers of ${READS_PER_SECOND} operations a second, as processes of their own, on ${keys} keys, of which few are
  hot, with payloads of ${PAYLOAD_CHARACTERS} characters. 10 % of the writes are repeated, 20 % late. The cache holds less than all copies,
  so that it evicts.
- Faults, one at a time, in a seeded order: the link to cache or store, of one process or of all, is delayed, stalled
  (bytes held, then delivered), cut, or loses its replies; kill -9 of a writer, which starts again from its last mark;
  SIGSTOP of a writer or a reader.
- Failovers, without other faults, in a seeded order, ${rangeOf(EVERY_MS)} from one to the next. The cache is a primary with a
  replica; each process reaches it by a link that leads to the new primary afterwards, as a managed endpoint does.
  Crash: the primary is killed, and the replica that is promoted has missed what was written in the last
  ${rangeOf(LAG_MS)}. Split brain: the same, but the old primary lives on for ${rangeOf(SPLIT_MS)} with a writer and a
  reader that stay connected to it. Demotion: the primary follows its replica for ${rangeOf(DEMOTED_MS)} and is promoted
  back, with all connections standing. The column counts those by which a copy at least was lost, and demotions.
- After a failover the common approaches read the copies that the replica had, until somebody writes the key or the copy
  expires: ${TTL_SECONDS} s at most. With a longer TTL, as in the wild, it would be for longer. This core has its defaults: it
  notices that the server is another one, and does without hits until every process must know, for about three seconds.
- ${seconds} s for each approach in each of the three conditions, seed ${seed}: the same records, keys and schedules for all, one
  after the other, each on an empty cache and a table of its own. How the machine interleaves them is not repeatable.
- Other losses of the whole cache (flush, restart, a cluster's failover) are left out here. All of them are in the
  [fault runs](../consistency.md#torture) of whole lanes, and what is done about them is in [cache epochs](../cache-epochs.md).
- A read or write without an answer counts as neither right nor wrong. The common approaches give none when the cache
  gives none.
`;
}

function describeMachine(): string {
  const model = cpus()[0]?.model.trim() ?? "unknown processor";
  const memory = Math.round(totalmem() / BYTES_PER_GIB);
  return `${availableParallelism()} cores (${model}), ${memory} GiB, Node.js ${process.version}, ${process.platform}`;
}

function rangeOf({ min, max }: Range): string {
  return `${whole(min)} to ${whole(max)} ms`;
}

function whole(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}
