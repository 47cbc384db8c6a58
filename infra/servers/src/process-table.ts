/**
 * Asks the operating system about processes: when one started (so that a
 * process id that another process has got is never signalled), whether each of
 * its threads stands still, and which addresses one listens on (a TCP connect
 * would only show that some process does). Linux answers from /proc; elsewhere
 * `ps` and `lsof` are asked.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, readdir, readlink } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);
const hasProc = existsSync("/proc/self/stat");
/** Stopped by a signal, stopped by a debugger, ended. */
const STILL: ReadonlySet<string> = new Set(["T", "t", "Z", "X"]);

/** A process id together with the start time that makes it unique. */
export interface ProcessIdentity {
  readonly pid: number;
  /** An opaque text: equal for the same process, different for a later one with its id. */
  readonly startedAt: string;
}

export interface Listener {
  /** Dotted IPv4; IPv6 as the system writes it; `*` for every interface. */
  readonly address: string;
  readonly port: number;
}

/** Undefined where it has ended. */
interface ThreadStat {
  readonly state: string | undefined;
  readonly startedAt: string | undefined;
}

/** `undefined` where no process has this id (a zombie does not count). */
export async function identityOf(pid: number): Promise<ProcessIdentity | undefined> {
  const startedAt = hasProc ? await startFromProc(pid) : await startFromPs(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}

export async function isSameProcess(identity: ProcessIdentity): Promise<boolean> {
  return (await identityOf(identity.pid))?.startedAt === identity.startedAt;
}

/** Every TCP address that the process listens on; empty when it has ended. */
export async function listenersOf(pid: number): Promise<readonly Listener[]> {
  return hasProc ? await listenersFromProc(pid) : await listenersFromLsof(pid);
}

/** Whether SIGSTOP has reached every thread: a thread may go on for a moment after the signal. True for none at all. */
export async function hasStopped(pid: number): Promise<boolean> {
  return hasProc ? await hasStoppedByProc(pid) : await hasStoppedByPs(pid);
}

async function startFromProc(pid: number): Promise<string | undefined> {
  const { state, startedAt } = await readStat(`/proc/${pid}/stat`);
  return state === "Z" || state === "X" ? undefined : startedAt;
}

async function hasStoppedByProc(pid: number): Promise<boolean> {
  const directory = `/proc/${pid}/task`;
  const threads = await readdir(directory).catch(() => []);
  const stats = await Promise.all(threads.map((thread) => readStat(`${directory}/${thread}/stat`)));
  return stats.every(({ state }) => state === undefined || STILL.has(state));
}

async function hasStoppedByPs(pid: number): Promise<boolean> {
  const { stdout } = await run("ps", ["-o", "state=", "-p", String(pid)]).catch(() => ({ stdout: "" }));
  const state = stdout.trim()[0];
  return state === undefined || STILL.has(state);
}

/** Fields of /proc/<pid>/stat after the parenthesised name: state is 3, start time 22. */
async function readStat(path: string): Promise<ThreadStat> {
  const stat = await readOrEmpty(path);
  if (stat === "") return { state: undefined, startedAt: undefined };
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { state: fields[0], startedAt: fields[19] };
}

async function startFromPs(pid: number): Promise<string | undefined> {
  const { stdout } = await run("ps", ["-o", "lstart=", "-p", String(pid)]).catch(() => ({ stdout: "" }));
  return stdout.trim() === "" ? undefined : stdout.trim();
}

async function listenersFromProc(pid: number): Promise<readonly Listener[]> {
  const [tables, inodes] = await Promise.all([
    Promise.all([readOrEmpty(`/proc/${pid}/net/tcp`), readOrEmpty(`/proc/${pid}/net/tcp6`)]),
    socketInodes(pid),
  ]);
  return tables
    .flatMap((table) => table.split("\n").slice(1))
    .flatMap((row) => {
      const [, local, , state, , , , , , inode] = row.trim().split(/\s+/);
      const listens = state === "0A" && inode !== undefined && inodes.has(inode);
      return listens && local !== undefined ? [decodeLocal(local)] : [];
    });
}

async function socketInodes(pid: number): Promise<ReadonlySet<string>> {
  const directory = `/proc/${pid}/fd`;
  const descriptors = await readdir(directory).catch(() => []);
  const links = await Promise.all(descriptors.map((name) => readlink(`${directory}/${name}`).catch(() => "")));
  return new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []));
}

/** `0100007F:1F90` is 127.0.0.1:8080; IPv6 has four such words. */
function decodeLocal(local: string): Listener {
  const [hex = "", portHex = ""] = local.split(":");
  const mappedIpv4 = /^0{16}FFFF0000(.{8})$/.exec(hex)?.[1] ?? (hex.length === 8 ? hex : undefined);
  const address = mappedIpv4 === undefined ? decodeIpv6(hex) : decodeIpv4(mappedIpv4);
  return { address, port: Number.parseInt(portHex, 16) };
}

function decodeIpv4(hex: string): string {
  if (/^0+$/.test(hex)) return "*";
  return (hex.match(/../g) ?? [])
    .toReversed()
    .map((byte) => Number.parseInt(byte, 16))
    .join(".");
}

function decodeIpv6(hex: string): string {
  if (/^0+$/.test(hex)) return "*";
  return hex === "00000000000000000000000001000000" ? "::1" : hex.toLowerCase();
}

async function listenersFromLsof(pid: number): Promise<readonly Listener[]> {
  const options = ["-nP", "-a", "-p", String(pid), "-iTCP", "-sTCP:LISTEN", "-Fn"];
  const { stdout } = await run("lsof", options).catch(() => ({ stdout: "" }));
  return stdout.split("\n").flatMap((line) => {
    const match = /^n\[?(.*?)\]?:(\d+)$/.exec(line);
    return match === null ? [] : [{ address: match[1] ?? "", port: Number(match[2]) }];
  });
}

/** A process may end between two looks at it; then its files are empty or do not exist. */
async function readOrEmpty(path: string): Promise<string> {
  return await readFile(path, "utf8").catch(() => "");
}
