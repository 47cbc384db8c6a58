/**
 * `access token` makes a token of a client, and the digest that the access file
 * holds instead of it; `access key` makes a key by which a client signs jobs.
 */
import { makeJobKey, makeToken, tokenDigest } from "@trilane/lane-kit";
import type { Command } from "commander";
import { EXIT } from "../exit-codes.ts";
import type { Output } from "../output.ts";
import { runAction, withExamples } from "../run-action.ts";

export function addAccessCommand(program: Command): void {
  const access = program
    .command("access")
    .description("tokens and keys of clients, for the files that say who may do what");
  withExamples(access, "trilane access token", "trilane access key");
  const token = access
    .command("token")
    .description("make a token: it is shown this once, and the access file takes its digest")
    .action((_flags: object, command: Command) => runAction(command, showToken));
  const key = access
    .command("key")
    .description("make a key with which a client signs jobs")
    .action((_flags: object, command: Command) => runAction(command, showKey));
  withExamples(key, "trilane access key", "trilane access key > /run/secrets/job-key");
  withExamples(token, "trilane access token", "trilane access token --json");
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
