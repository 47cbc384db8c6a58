/** `access token`: makes a token of a client, and the digest that the access file holds instead of it. */
import { makeToken, tokenDigest } from "@trilane/lane-kit";
import type { Command } from "commander";
import { EXIT } from "../exit-codes.ts";
import type { Output } from "../output.ts";
import { runAction, withExamples } from "../run-action.ts";

export function addAccessCommand(program: Command): void {
  const access = program.command("access").description("tokens of clients, for the file that says who may do what");
  withExamples(access, "trilane access token");
  const token = access
    .command("token")
    .description("make a token: it is shown this once, and the access file takes its digest")
    .action((_flags: object, command: Command) => runAction(command, showToken));
  withExamples(token, "trilane access token", "trilane access token --json");
}

async function showToken(output: Output): Promise<number> {
  const token = makeToken();
  const digest = tokenDigest(token).toString("hex");
  output.result({ token, digest }, `token   ${token}\ndigest  ${digest}`);
  output.note("The client keeps the token; it is not shown again. The digest goes into the client's `tokens`.");
  return EXIT.ok;
}
