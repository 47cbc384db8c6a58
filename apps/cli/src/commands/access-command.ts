/**
 * `access check` looks at the files of clients and keys; `access token` makes a token of a client, and the digest that the access file
 * holds instead of it; `access key` makes a key by which a client signs jobs.
 */
import { readFile } from "node:fs/promises";
import { EVERY_GROUP, makeJobKey, makeToken, parseAccess, parseJobKeys, tokenDigest } from "@trilane/lane-kit";
import type { Command } from "commander";
import { accessFindings } from "../access-findings.ts";
import { usageError } from "../errors.ts";
import { EXIT } from "../exit-codes.ts";
import type { Output } from "../output.ts";
import { runAction, withExamples } from "../run-action.ts";
import { readConfig } from "../with-platform.ts";

export function addAccessCommand(program: Command): void {
  const access = program
    .command("access")
    .description("tokens and keys of clients, for the files that say who may do what");
  withExamples(access, "trilane access token", "trilane access key");
  const token = access
    .command("token")
    .description("make a token: it is shown this once, and the access file takes its digest")
    .action((_flags: object, command: Command) => runAction(command, showToken));
  const check = access
    .command("check")
    .description("look at a file of clients before a program reads it; code 1 where something may not be meant")
    .argument("<file>", "the file that TRILANE_ACCESS_FILE will name")
    .option("--keys <file>", "the file that TRILANE_JOB_KEYS_FILE will name")
    .action((file: string, { keys }: { readonly keys?: string }, command: Command) =>
      runAction(command, (output) => checkFiles(file, keys, output)),
    );
  withExamples(check, "trilane access check access.json", "trilane access check access.json --keys job-keys.json");
  const key = access
    .command("key")
    .description("make a key with which a client signs jobs")
    .action((_flags: object, command: Command) => runAction(command, showKey));
  withExamples(key, "trilane access key", "trilane access key > /run/secrets/job-key");
  withExamples(token, "trilane access token", "trilane access token --json");
}

async function checkFiles(path: string, keysPath: string | undefined, output: Output): Promise<number> {
  const clients = await parseFile(path, parseAccess);
  const keys = keysPath === undefined ? null : await parseFile(keysPath, parseJobKeys);
  const { groups } = await readConfig();
  const findings = accessFindings({ clients, keys, groups: new Set([...Object.keys(groups), EVERY_GROUP]) });
  const names = clients.map(({ client }) => client.name);
  output.result({ clients: names, findings }, [`${names.length} clients: ${names.join(", ")}`, ...findings].join("\n"));
  return findings.length === 0 ? EXIT.ok : EXIT.failure;
}

/** @throws CliError USAGE for a file that cannot be read, or is wrong */
async function parseFile<Value>(
  path: string,
  parse: (text: string) => { kind: "parsed"; value: Value } | { kind: "refused"; reason: string },
): Promise<Value> {
  const text = await readFile(path, "utf8").catch(() => null);
  if (text === null) throw usageError(`the file ${path} cannot be read`);
  const parsed = parse(text);
  if (parsed.kind === "refused") throw usageError(`the file ${path} is wrong at ${parsed.reason}`);
  return parsed.value;
}

async function showKey(output: Output): Promise<number> {
  const key = makeJobKey();
  output.result({ key }, key);
  output.note("The client signs jobs with the key (TRILANE_JOB_KEY); workers have it in TRILANE_JOB_KEYS_FILE.");
  return EXIT.ok;
}

async function showToken(output: Output): Promise<number> {
  const token = makeToken();
  const digest = tokenDigest(token).toString("hex");
  output.result({ token, digest }, `token   ${token}\ndigest  ${digest}`);
  output.note("The client keeps the token; it is not shown again. The digest goes into the client's `tokens`.");
  return EXIT.ok;
}
