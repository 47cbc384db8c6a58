/**
 * Checks the store: its table, the rights on it, its clock, and which cache the
 * table belongs to.
 */
import {
  awsActionsOf,
  awsProblemOf,
  cacheNameOf,
  checkRegion,
  createDynamoDb,
  PROGRAMS_WITH_RIGHTS,
  type ProgramWithRights,
  type Settings,
  shownAddress,
} from "@trilane/lane-kit";
import { areNamesOther, type CacheEpochReading, foreignCache, systemClock } from "@trilane/write-through";
import { checkTable, DynamoCacheEpoch, tryStoreRights } from "@trilane/write-through/dynamodb";
import { type Finding, Findings } from "./finding.ts";

/** The bound of every process: if its clock differs more from the store's, it stops its work. */
const CLOCK_DIFFERENCE_MS_MAX = 5_000;
const REMEDY_APPLY = "`trilane apply` makes it";

/** @param program the one whose rights are tried; null: those of every program */
export async function checkStore(settings: Settings, program: ProgramWithRights | null): Promise<readonly Finding[]> {
  const findings = new Findings("store");
  const client = createDynamoDb(settings);
  const { table } = settings;
  try {
    await checkRegion(client);
    findings.ok(`${await placeOf(settings, client)}, table "${table}"`);
    if (program === null || awsActionsOf(program).includes("dynamodb:DescribeTable")) {
      const state = await checkTable(client, table);
      if (state === "missing") {
        findings.failure(`there is no table "${table}"; ${REMEDY_APPLY}`);
        return findings.all();
      }
      if (state === "ready") findings.ok("keys, index, expiry and format of the table fit");
      else findings.warning("items of the table do not expire by themselves; `trilane apply` switches it on");
    }
    // What comes after it would be refused as well, and say less.
    if (!(await checkRights(findings, { client, table, program }))) return findings.all();
    checkErasureCopy(findings, settings);
    checkReading(findings, await new DynamoCacheEpoch(client, { table }).readCacheEpoch(), settings);
  } catch (error) {
    const { dynamodbEndpoint: endpoint } = settings;
    findings.failed(await awsProblemOf(error, { variable: "TRILANE_DYNAMODB_ENDPOINT", endpoint }));
  } finally {
    client.destroy();
  }
  return findings.all();
}

type Client = ReturnType<typeof createDynamoDb>;

async function placeOf({ dynamodbEndpoint }: Settings, { config }: Client): Promise<string> {
  const region = await config.region();
  return dynamodbEndpoint === undefined ? `AWS, region ${region}` : shownAddress(dynamodbEndpoint);
}

/** False where a right is missing. */
async function checkRights(
  findings: Findings,
  {
    client,
    table,
    program,
  }: { readonly client: Client; readonly table: string; readonly program: ProgramWithRights | null },
): Promise<boolean> {
  const programs = program === null ? PROGRAMS_WITH_RIGHTS : [program];
  const tried = await tryStoreRights(client, table, programs.flatMap(awsActionsOf));
  const refused = tried.filter(({ refusal }) => refusal !== null);
  for (const { right, refusal } of refused)
    findings.failure(
      `${right} is refused (${refusal ?? ""}); give the role that right on the table "${table}" and its index`,
    );
  if (refused.length === 0) findings.ok(`rights: ${tried.map(({ right }) => right).join(", ")}`);
  return refused.length === 0;
}

function checkErasureCopy(findings: Findings, { erasureCopy }: Settings): void {
  if (erasureCopy !== undefined)
    findings.ok(`erasures are also kept in s3://${erasureCopy.bucket}/${erasureCopy.prefix}`);
  else
    findings.warning(
      "TRILANE_ERASURE_COPY is not set: nobody notices when the table is restored from before an erasure",
    );
}

function checkReading(findings: Findings, { record, serverTimeMs }: CacheEpochReading, settings: Settings): void {
  if (serverTimeMs !== null) checkClock(findings, systemClock.nowMs() - serverTimeMs);
  if (record === null) {
    findings.failure(`the table has no cache epoch yet; ${REMEDY_APPLY}`);
    return;
  }
  const own = cacheNameOf(settings);
  if (areNamesOther(own, record.cacheName)) findings.warning(foreignCache(own, record.cacheName).message);
  const since = new Date(record.changedAtMs).toISOString();
  const text = `the cache is ${record.mode} in epoch ${record.epoch} since ${since} (${record.reason})`;
  if (record.mode === "on") findings.ok(text);
  else findings.warning(`${text}; \`trilane cache status\` says more`);
}

function checkClock(findings: Findings, differenceMs: number): void {
  const seconds = (Math.abs(differenceMs) / 1_000).toFixed(1);
  if (Math.abs(differenceMs) <= CLOCK_DIFFERENCE_MS_MAX)
    findings.ok(`this machine's clock and the store's differ by ${seconds} s`);
  else
    findings.failure(
      `this machine's clock is ${seconds} s ${differenceMs > 0 ? "ahead of" : "behind"} the store's; programs stop with CLOCK_UNCONFIRMED. Synchronize it`,
    );
}
