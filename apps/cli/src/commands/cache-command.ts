/**
 * `cache status`, `off`, `on`, `lease` and `sweep`: show and change the cache
 * epoch by hand.
 */
import {
  changeLease,
  type OperatedCacheEpoch,
  type CacheEpochRecord,
  switchCacheOff,
  switchCacheOn,
} from "@trilane/write-through";
import { sweepOnce } from "@trilane/lane-kit";
import type { CacheServer } from "@trilane/write-through/valkey";
import type { Command } from "commander";
import { withAudit } from "../audit/with-audit.ts";
import { usageError } from "../errors.ts";
import { EXIT } from "../exit-codes.ts";
import type { Output } from "../output.ts";
import { runAction, withExamples } from "../run-action.ts";
import { textTable } from "../text-table.ts";
import { type CacheEpoch, withCacheEpoch } from "../with-cache-epoch.ts";
import { readSettings } from "../with-platform.ts";

const MS_PER_SECOND = 1_000;
const LEASE_MS_MIN = 50;
const LEASE_MS_MAX = 60_000;

export function addCacheCommand(program: Command): void {
  const cache = program
    .command("cache")
    .description(
      "whether the cache is used: status, off, on; for how long that is relied on: lease; what is left in it: sweep",
    );
  withExamples(cache, "trilane cache status", 'trilane cache off --reason "replacing the server"');
  const status = cache
    .command("status")
    .description("mode, epoch, who changed it last and why, and whether the cache is the one of the epoch")
    .action((_: unknown, command: Command) => runAction(command, runStatus));
  withExamples(status, "trilane cache status", "trilane cache status --json");
  const off = cache
    .command("off")
    .description("lanes and readers go on without the cache until `cache on`; nothing need be stopped")
    .requiredOption("--reason <text>", "why, for the record and the logs")
    .action(({ reason }: { readonly reason: string }, command: Command) =>
      runAction(command, (output) => runSwitch("off", reason, output)),
    );
  withExamples(off, 'trilane cache off --reason "replacing the server"');
  const on = cache
    .command("on")
    .description("warm the cache up; the processes turn it on by themselves within two leases")
    .requiredOption("--reason <text>", "why, for the record and the logs")
    .option("--move", "the table had another cache, which is off, and is to have this one from now on", false)
    .action(({ reason, move }: { readonly reason: string; readonly move: boolean }, command: Command) =>
      runAction(command, (output) => runSwitch("on", reason, output, move)),
    );
  addLeaseCommand(cache);
  const sweep = cache
    .command("sweep")
    .description("remove what older epochs left in the cache, and read the keys that are fenced")
    .action((_: unknown, command: Command) => runAction(command, runSweep));
  withExamples(sweep, "trilane cache sweep", "trilane cache sweep --json");
  withExamples(on, 'trilane cache on --reason "server replaced"');
}

function addLeaseCommand(cache: Command): void {
  const lease = cache
    .command("lease <milliseconds>")
    .description("another length for the leases of all processes, from a new epoch on; nothing need be restarted")
    .requiredOption("--reason <text>", "why, for the record and the logs")
    .action((text: string, { reason }: { readonly reason: string }, command: Command) =>
      runAction(command, (output) => {
        const leaseMs = readLeaseMs(text);
        return runChange(`lease of ${leaseMs} ms`, { reason, output }, (parts) => changeLease(parts, leaseMs));
      }),
    );
  withExamples(lease, 'trilane cache lease 5000 --reason "renewals are slow from the other region"');
}

/** The bounds are those of the setting. */
function readLeaseMs(text: string): number {
  const leaseMs = Number(text);
  if (!Number.isInteger(leaseMs) || leaseMs < LEASE_MS_MIN || leaseMs > LEASE_MS_MAX) {
    throw usageError(
      `"${text}" is no length for a lease: give whole milliseconds from ${LEASE_MS_MIN} to ${LEASE_MS_MAX}`,
    );
  }
  return leaseMs;
}

/** The lanes do the same by themselves once a day, and whenever they turn the cache on. */
async function runSweep(output: Output): Promise<number> {
  const swept = await withAudit(async ({ platform, cacheKeys, cache }) => {
    const { coreReader: reader, cacheEpoch } = platform;
    const known = cacheEpoch.known?.cacheEpoch;
    if (known?.mode !== "on")
      throw usageError(`the cache is ${known?.mode ?? "not used yet"}: only one that is on is swept`);
    return { epoch: known.epoch, ...(await sweepOnce({ cache, cacheKeys, reader }, known.epoch)) };
  });
  const { epoch, looked, removed, fences } = swept;
  output.result(
    { epoch, looked, removed, fences },
    `${looked} keys, epoch ${epoch}\nentries of older epochs removed  ${removed}\nfences of this epoch, read        ${fences}`,
  );
  return EXIT.ok;
}

function runSwitch(to: "off" | "on", reason: string, output: Output, isMove = false): Promise<number> {
  const change = to === "off" ? switchCacheOff : switchCacheOn;
  return runChange(to, { reason, output }, (parts) => change({ ...parts, isMove }));
}

async function runChange(
  what: string,
  { reason, output }: { readonly reason: string; readonly output: Output },
  change: (parts: OperatedCacheEpoch) => Promise<CacheEpochRecord>,
): Promise<number> {
  if (reason.trim() === "") throw usageError(`--reason is empty: say why (cache ${what})`);
  const settings = await readSettings();
  const { table } = settings;
  const { epoch, mode, leaseMs } = await withCacheEpoch(settings, (parts) =>
    change({ ...parts, reason, nowMs: () => Date.now() }),
  );
  output.result(
    { table, epoch, mode, leaseMs, reason },
    `the cache of table ${table} is ${mode} now, epoch ${epoch}, leases of ${leaseMs} ms: ${reason}`,
  );
  return EXIT.ok;
}

interface CacheStatus {
  readonly table: string;
  readonly cacheEpoch: CacheEpochRecord | null;
  /** "guarded": the cache is the one of the epoch. "lost": it is not. Otherwise it says why nothing is known. */
  readonly cache: string;
  readonly server: string;
  /**
   * The processes that are connected to the cache now, `<name>-<pid>`: each holds a lease on the record, or is about to
   * take one. Null: not known.
   */
  readonly processes: readonly string[] | null;
}

async function runStatus(output: Output): Promise<number> {
  const settings = await readSettings();
  const status = await withCacheEpoch(settings, (cacheEpoch) => statusOf(settings.table, cacheEpoch));
  output.result(status, statusText(status));
  return EXIT.ok;
}

async function statusOf(
  table: string,
  { cacheEpochs, cache, describeServers, listProcesses }: CacheEpoch,
): Promise<CacheStatus> {
  const { record: cacheEpoch } = await cacheEpochs.readCacheEpoch();
  const server = await describeServers().then(serversText, (error: Error) => error.message);
  const processes = await listProcesses().catch(() => null);
  const checked = cacheEpoch === null ? null : await cache.check(cacheEpoch.epoch);
  if (checked === null) return { table, cacheEpoch, cache: "no epoch has begun", server, processes };
  const state = checked.kind === "settled" ? "guarded" : checked.error.code === "CACHE_LOST" ? "lost" : "unreachable";
  return { table, cacheEpoch, cache: state, server, processes };
}

/** The primaries of a cluster are usually alike, so equal ones are shown once. */
function serversText(servers: readonly CacheServer[]): string {
  const texts = servers.map(({ engine, version, maxmemoryPolicy }) => `${engine} ${version}, ${maxmemoryPolicy}`);
  const counted = [...Map.groupBy(texts, (text) => text)].map(([text, { length }]) =>
    length === 1 ? text : `${length} primaries of ${text}`,
  );
  return counted.join("; ");
}

function processesText(processes: CacheStatus["processes"]): string {
  if (processes === null) return "not known: the cache does not list its clients";
  return processes.length === 0 ? "none is connected" : processes.join(", ");
}

function statusText({ table, cacheEpoch, cache, server, processes }: CacheStatus): string {
  if (cacheEpoch === null) return `no process has used the cache of table ${table} yet: run \`trilane apply\``;
  const { epoch, mode, leaseMs, reason, by, changedAtMs, cacheName, isHeld } = cacheEpoch;
  const seconds = Math.max(0, Math.round((Date.now() - changedAtMs) / MS_PER_SECOND));
  return textTable([
    ["table", table],
    ["mode", `${mode}${isHeld ? ", held off until `trilane cache on`" : ""}`],
    ["epoch", String(epoch)],
    ["leases", `${leaseMs} ms, for every process`],
    ["since", `${new Date(changedAtMs).toISOString()} (${seconds} s)`],
    ["reason", reason],
    ["changed by", by],
    ["cache", cacheName === null ? cache : `${cacheName}, ${cache}`],
    ["server", server],
    ["processes", processesText(processes)],
  ]);
}
