/**
 * `npm run bench -- --feast`: loads the flights by the batch lane and by Feast,
 * in turn, on the same servers, reads what they have loaded over HTTP, and
 * writes docs/benchmarks/loads.md. Where
 * Python is missing, the page that was kept is printed as such.
 *
 *   node apps/edges/src/load-bench/main.ts [--rounds N] [--rows N] [--no-file]
 */
import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { CreateBucketCommand } from "@aws-sdk/client-s3";
import { createDynamoDb, createS3, loadSettings } from "@trilane/lane-kit";
import { FLIGHTS, routesOf, someFlights } from "../growth/flight-files.ts";
import { FEAST_VERSION, feastEnvironment } from "./feast-environment.ts";
import {
  feastApproach,
  type FeastOptions,
  laneApproach,
  type LoadApproach,
  type LoadFigures,
  projectOf,
  tableOf,
} from "./load-approaches.ts";
import { loadPage, medianFigures } from "./load-page.ts";
import { measureServedReads } from "./served-reads.ts";

const PAGE = fileURLToPath(new URL("../../../../docs/benchmarks/loads.md", import.meta.url));

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    rows: { type: "string", default: String(FLIGHTS) },
    "no-file": { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds);
const rows = Number(values.rows);

const environment = await feastEnvironment();
if (environment.kind === "missing") {
  process.stderr.write(`${environment.reason}. This is the last kept result, of another machine or time:\n\n`);
  process.stdout.write(await readFile(PAGE, "utf8"));
} else await bench(environment.python);

async function bench(python: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "trilane-load-bench-"));
  const runName = `bench_${randomBytes(4).toString("hex")}`;
  const settings = loadSettings({ ...process.env, TRILANE_TABLE: runName });
  const [s3, dynamodb] = [createS3(settings), createDynamoDb(settings)];
  try {
    const file = await someFlights(folder, rows);
    const bucket = runName.replace("_", "-");
    await s3.send(new CreateBucketCommand({ Bucket: bucket }));
    const store = settings.dynamodbEndpoint ?? "";
    const { host } = new URL(settings.cacheUrl);
    const feast: FeastOptions = { python, kind: "redis", address: host, file, runName };
    const figures = await measureInTurns([
      feastApproach({ ...feast, kind: "dynamodb", address: store }),
      feastApproach(feast),
      laneApproach({ s3, dynamodb, bucket, file, runName }),
    ]);
    const routes = await routesOf(file);
    const table = tableOf(feast, rounds);
    const reads = await measureServedReads({
      feast: { ...feast, project: projectOf(feast, rounds) },
      table,
      routes,
      rounds,
    });
    const page = loadPage(
      { loads: figures, reads },
      { rounds, rows, keys: routes.length, feastVersion: FEAST_VERSION },
    );
    process.stdout.write(page);
    if (!values["no-file"]) await writeFile(PAGE, page);
  } finally {
    s3.destroy();
    dynamodb.destroy();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Each round runs every approach once, so that a change of the machine's speed affects them all. The first warms up. */
async function measureInTurns(approaches: readonly LoadApproach[]): Promise<readonly LoadFigures[]> {
  const all = approaches.map((): LoadFigures[] => []);
  for (let round = 0; round <= rounds; round += 1) {
    for (const [index, one] of approaches.entries()) {
      const figures = await one.run(round);
      if (round > 0) all[index]?.push(figures);
      process.stderr.write(`${round === 0 ? "(warm-up) " : ""}${JSON.stringify(figures)}\n`);
    }
  }
  return all.map(medianFigures);
}
