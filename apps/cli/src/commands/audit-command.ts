/**
 * `audit` and `repair`: compare cache and store by the protocol's rules, and
 * repair what may be repaired from outside.
 */
import { encodeKey } from "@trilane/feature-groups";
import { type AuditVerdict, violations } from "@trilane/write-through";
import type { Command } from "commander";
import type { Audit, AuditFinding } from "../audit/audit-keys.ts";
import { auditText, findingJson, hasViolations, shownFindings } from "../audit/audit-text.ts";
import {
  type AuditContext,
  checkGroup,
  readPatience,
  readSampleSize,
  sampleKeys,
  withAudit,
} from "../audit/with-audit.ts";
import { usageError } from "../errors.ts";
import { EXIT } from "../exit-codes.ts";
import type { Output } from "../output.ts";
import { readEntity } from "../read-arguments.ts";
import { runAction, withExamples } from "../run-action.ts";
import { textTable } from "../text-table.ts";
import { readConfig } from "../with-platform.ts";

interface AuditFlags {
  readonly group?: string;
  readonly sample: string;
  readonly patience: string;
}

interface RepairFlags extends AuditFlags {
  readonly key?: readonly string[];
  readonly yes?: boolean;
}

const SAMPLE_DEFAULT = "1000";
const PATIENCE_DEFAULT = "8";

export function addAuditCommands(program: Command): void {
  const audit = program
    .command("audit")
    .description("compare cache and store for a sample of keys; code 3 when something is found that must never be")
    .option("--group <name>", "keys of this feature group only")
    .option("--sample <n>", "keys, half of them from the cache, half from the store", SAMPLE_DEFAULT)
    .option(
      "--patience <seconds>",
      "looks again for so long at what seems wrong: a write may be at work",
      PATIENCE_DEFAULT,
    )
    .action((flags: AuditFlags, command: Command) => runAction(command, (output) => runAudit(flags, output)));
  withExamples(audit, "trilane audit", "trilane audit --group routes --sample 20000 --json");

  const repair = program
    .command("repair")
    .description("an audit, and then: reads what orphaned fences keep from the cache, and removes what is no entry")
    .option("--group <name>", "keys of this feature group only")
    .option("--sample <n>", "as for `audit`", SAMPLE_DEFAULT)
    .option("--patience <seconds>", "as for `audit`", PATIENCE_DEFAULT)
    .option("--key <part...>", "one key of --group instead of a sample: its key fields, in order")
    .option("--yes", "remove what is not an entry")
    .action((flags: RepairFlags, command: Command) => runAction(command, (output) => runRepair(flags, output)));
  withExamples(repair, "trilane repair", "trilane repair --group routes --key SEA SFO", "trilane repair --yes");
}

async function runAudit({ group, sample, patience }: AuditFlags, output: Output): Promise<number> {
  const size = readSampleSize(sample);
  const times = readPatience(patience);
  checkGroup(await readConfig(), group);
  return withAudit(async (context) => {
    const { keys, fromCache, fromStore } = await sampleKeys(context, { group, size });
    const audit = await context.audit(keys, times);
    const cacheEpoch = cacheEpochOf(context);
    const { looked, counts } = audit;
    const findings = shownFindings(audit).map(findingJson);
    const title = `${looked} keys, ${fromCache} sampled from the cache, ${fromStore} from the store; epoch ${cacheEpoch.epoch}, cache ${cacheEpoch.mode}`;
    output.result({ looked, fromCache, fromStore, ...cacheEpoch, counts, findings }, `${title}\n${auditText(audit)}`);
    if (cacheEpoch.mode !== "on")
      output.note(`trilane: the cache is ${cacheEpoch.mode}: nobody is answered from it now`);
    return exitCodeOf(audit);
  });
}

function cacheEpochOf({ platform }: AuditContext): { readonly epoch: number; readonly mode: string } {
  return platform.cacheEpoch.known?.cacheEpoch ?? { epoch: 0, mode: "unknown" };
}

function exitCodeOf(audit: Audit): number {
  if (hasViolations(audit)) return EXIT.mismatch;
  return audit.counts.unknown > 0 ? EXIT.tryAgain : EXIT.ok;
}

interface Repaired {
  readonly finding: AuditFinding;
  readonly isMended: boolean;
  readonly what: string;
}

async function runRepair(flags: RepairFlags, output: Output): Promise<number> {
  const { group, sample, patience, key, yes = false } = flags;
  const size = readSampleSize(sample);
  const times = readPatience(patience);
  const config = await readConfig();
  checkGroup(config, group);
  if (key !== undefined && group === undefined) throw usageError("--key needs --group, whose key fields it names");
  const entity = key === undefined || group === undefined ? null : readEntity(config, group, key);
  return withAudit(async (context) => {
    const keys =
      entity === null
        ? (await sampleKeys(context, { group, size })).keys
        : [encodeKey(entity.group, entity.key, context.platform.subjects)];
    const audit = await context.audit(keys, times);
    const repaired = await Promise.all(audit.findings.map((finding) => repair(finding, yes, context)));
    const rows = repaired.map(({ finding, what }) => [finding.verdict, finding.key, what]);
    const text = rows.length === 0 ? "nothing to repair" : textTable(rows);
    const json = repaired.map(({ finding, isMended, what }) => ({ ...findingJson(finding), isMended, what }));
    output.result({ looked: audit.looked, repaired: json }, `${audit.looked} keys\n${text}`);
    const isLeft = repaired.some(({ finding, isMended }) => violations.has(finding.verdict) && !isMended);
    return isLeft ? EXIT.mismatch : EXIT.ok;
  });
}

const ADVICE: Readonly<Partial<Record<AuditVerdict, string>>> = {
  "cache-ahead": "not touched: after a restore begin a new epoch, `trilane cache on --reason <text>`",
  "cache-behind": "not touched: keep it for the report, then `trilane cache on --reason <text>` begins a new epoch",
  "wrong-payload": "not touched: keep it for the report, then `trilane cache on --reason <text>` begins a new epoch",
  unknown: "not touched: a side could not be read",
};

async function repair(finding: AuditFinding, yes: boolean, context: AuditContext): Promise<Repaired> {
  const { key, verdict } = finding;
  if (verdict === "orphaned-fence") return repairFence(finding, context);
  if (verdict !== "foreign" || finding.explanation.store.kind === "failed") {
    return { finding, isMended: false, what: ADVICE[verdict] ?? "not touched: the store's item is another program's" };
  }
  if (!yes) return { finding, isMended: false, what: "not an entry: --yes removes it" };
  // A read removes a value that is not an entry. It does not see a key of another type.
  await context.platform.coreReader.readOne(key);
  const isRemoved = await context.cacheKeys.removeForeign(key);
  const { cache } = await context.platform.coreReader.explain(key);
  const isMended = isRemoved || (cache.kind === "got" && cache.entry.state !== "foreign");
  return { finding, isMended, what: isMended ? "removed" : "changed meanwhile: not removed" };
}

/** Does what every read of the key does: it reads the store, and tells the fence what the store holds. */
async function repairFence(finding: AuditFinding, { platform }: AuditContext): Promise<Repaired> {
  const { coreReader } = platform;
  const read = await coreReader.readOne(finding.key);
  if (read.kind === "failed") return { finding, isMended: false, what: `the read failed: ${read.error.code}` };
  const { cache } = await coreReader.explain(finding.key);
  const isMended = cache.kind === "got" && cache.entry.state !== "fence" && cache.entry.state !== "foreign";
  const stays = "stays: what it announces never came to the store; reads are right, and the next newer write ends it";
  return { finding, isMended, what: isMended ? "cleared by a read" : stays };
}
