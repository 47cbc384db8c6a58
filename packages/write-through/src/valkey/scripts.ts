/** Loads the Lua scripts and makes them commands of a client. */
import { readFileSync } from "node:fs";
import type { Redis } from "ioredis";

/**
 * The flags of each script. With `allow-oom` a command that ends a doubtful state runs even above maxmemory; leases and
 * fills, which only save work, are refused there. No script has `no-writes`, so a replica refuses every one of them,
 * including the check.
 */
const FLAGS = {
  probe: "allow-oom",
  begin: "allow-oom",
  check: "allow-oom",
  fence: "allow-oom",
  publish: "allow-oom",
  raise: "allow-oom",
  heal: "allow-oom",
  collect: "allow-oom",
  lease: "",
  fill: "",
} as const;

export type ScriptName = keyof typeof FLAGS;

/** The whole text of a script, as the server gets it. */
export function scriptText(name: ScriptName): string {
  const flags = FLAGS[name] === "" ? "" : ` flags=${FLAGS[name]}`;
  return `#!lua${flags}\n${read("common")}\n${read(name)}`;
}

/** The name under which {@link defineScripts} makes a script a command. */
export function commandOf(name: ScriptName): string {
  return `trilane:${name}`;
}

export function defineScripts(client: Redis): void {
  for (const name of ["check", "fence", "publish", "raise", "lease", "fill", "heal", "collect"] as const) {
    client.defineCommand(commandOf(name), { lua: scriptText(name) });
  }
}

function read(name: string): string {
  return readFileSync(new URL(`lua/${name}.lua`, import.meta.url), "utf8");
}
