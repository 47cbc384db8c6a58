/** The counted costs as a page. */
import { RECORDS_OF_HOT_KEY } from "./cost-records.ts";
import { type Costs, times } from "./costs.ts";
import type { CostReport, CostSizes } from "./measure-costs.ts";

const MILLION = 1_000_000;
const BYTES_PER_MIB = 1_048_576;
const MINUTES_PER_MONTH = 43_800;

const COLUMNS: readonly { readonly head: string; readonly of: (costs: Costs) => number }[] = [
  { head: "write units", of: ({ writeUnits }) => writeUnits },
  { head: "of them refused", of: ({ refusedWriteUnits }) => refusedWriteUnits },
  { head: "read units", of: ({ readUnits }) => readUnits },
  { head: "store calls", of: ({ storeCalls }) => storeCalls },
  { head: "cache commands", of: ({ cacheCommands }) => cacheCommands },
  { head: "queue commands", of: ({ queueCommands }) => queueCommands },
  { head: "S3 requests", of: ({ s3Requests }) => s3Requests },
  { head: "MiB from S3", of: ({ s3BytesRead }) => s3BytesRead / BYTES_PER_MIB },
];

export function costPage(
  { rows, load, idle }: CostReport,
  { records, engineRows, singleJobs, idleSeconds }: CostSizes,
): string {
  const perMillion = rows.map((row) => [row.name, ...cellsOf(times(row.costs, MILLION / row.records))]);
  return `# Cost

Made by \`npm run cost\`, which counts what the programs' own clients ask of the servers. The page has units and no prices: multiply
them by those of your region and contract.

## For a million records

Counted with ${whole(records)} records (${whole(engineRows)} for the engine, ${whole(singleJobs)} for jobs of one record) and scaled. Hot keys have ${RECORDS_OF_HOT_KEY} records
each, a cold key has one. All records are new to the table, in the order of their times, and smaller than 1 KiB, so that a write is one
unit; a larger record is one unit for each started KiB. Costs of a program's start, and those that a load has once, are not in it.
Fewer writes than records are the reduction: a record that loses before it is sent costs nothing. Loads of small files
with more records of a key cost less, since a key is written once for each part of the load.

${tableOf("", perMillion)}
- **Write and read units** are those that the store reports (\`ReturnConsumedCapacity\`). DynamoDB Local reports none for writes in
  bulk, and no store reports a conditional write that it refused, which costs units too. Both are computed by the
  published rule: one unit for each started KiB of the item.
- **Reads** are strongly consistent, so one unit is up to 4 KiB. A read that the cache answers costs none.
- **Cache commands** are those that the client sends, and most are scripts. A batch of writes takes one for its fences and one for
  its copies, each for many keys, so their number says how many round trips there are and not how much work.
- **Queue commands** are those of the worker; the sender's own come on top, one for each job. BullMQ's clients wait in the queue without work, so a part of them grows with time and not with jobs.
- The store's transactions cost twice the units. Only checkpoints and erasures use them.

## Once for each load

Its record, the checkpoints of one object, and the program's start and end. Each further object costs its checkpoints again.

${tableOf("load", [["one object of one row", ...cellsOf(load)]])}
## A minute of an idle program

A process renews its lease of the cache's epoch by a read of the store each second, which brings the list of erasures as well; counted for ${idleSeconds} s and scaled. A month has about ${whole(MINUTES_PER_MONTH)} minutes.

${tableOf(
  "program",
  idle.map(({ name, costs }) => [name, ...cellsOf(costs)]),
)}
## As a formula

With the units of a row for \`R\` million records a month, \`L\` loads, and \`P\` programs of each kind that run all the time:

\`\`\`
store  = (R × write units + L × write units of a load + P × ${whole(MINUTES_PER_MONTH)} × write units of a minute) × price of a write unit
       + (R × read units  + L × read units of a load  + P × ${whole(MINUTES_PER_MONTH)} × read units of a minute)  × price of a read unit
       + stored GiB × price of a stored GiB
S3     = (R × S3 requests + L × S3 requests of a load) × price of a request + read GiB × price of transfer (none within a region)
cache  = nodes × price of a node, where a node must take the cache commands of the busiest second
\`\`\`

With provisioned capacity the store's part is the units of the busiest second instead; \`TRILANE_LOAD_WRITES_PER_SECOND\` holds a load below them.
`;
}

function cellsOf(costs: Costs): readonly string[] {
  return COLUMNS.map(({ of }) => figure(of(costs)));
}

function tableOf(head: string, rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |\n`;
  const heads = [head, ...COLUMNS.map((column) => column.head)];
  return line(heads) + line(heads.map((_, index) => (index === 0 ? "---" : "---:"))) + rows.map(line).join("");
}

function figure(value: number): string {
  if (value === 0) return "0";
  return Math.abs(value) < 10 ? value.toFixed(1) : whole(value);
}

function whole(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}
