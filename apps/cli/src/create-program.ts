/** The `trilane` command: its sub-commands, and what all of them share. */
import { Command } from "commander";
import { addAccessCommand } from "./commands/access-command.ts";
import { addAuditCommands } from "./commands/audit-command.ts";
import { addCacheCommand } from "./commands/cache-command.ts";
import { addDoctorCommand } from "./commands/doctor-command.ts";
import { addEnqueueCommand } from "./commands/enqueue-command.ts";
import { addEraseCommand } from "./commands/erase-command.ts";
import { addLaneCommands } from "./commands/lane-commands.ts";
import { addRecordCommands } from "./commands/record-commands.ts";
import { addServerCommands } from "./commands/server-commands.ts";
import { addRightsCommand } from "./commands/rights-command.ts";
import { addSettingsCommand } from "./commands/settings-command.ts";
import { addSubjectCommand } from "./commands/subject-command.ts";
import { addUnblockCommand } from "./commands/unblock-command.ts";
import { EXIT_CODES_HELP } from "./exit-codes.ts";

const VERSION = "0.1.0";

const FIRST_STEPS = `First steps:
  trilane up && trilane apply
  trilane put routes '{"origin":"SEA","destination":"SFO","date":"2001-06-30","delay":3,"distance":679}'
  trilane get routes SEA SFO --explain`;

const ADDRESSES = `Servers: the addresses in the environment (TRILANE_CACHE_URL, TRILANE_DYNAMODB_ENDPOINT, ...) where there are
any, else the servers of \`trilane up\`. Groups: the nearest trilane.config.ts, or the file that TRILANE_CONFIG names.
Data goes to stdout, everything else to stderr.`;

/** Throws CommanderError instead of ending the process. */
export function createProgram(): Command {
  const program = new Command("trilane");
  program
    .description("One writer for three lanes: strongly consistent features over DynamoDB and Valkey")
    .version(VERSION)
    .option("--json", "JSON on stdout instead of text")
    .configureHelp({ showGlobalOptions: true, visibleGlobalOptions: () => [...program.options] })
    .showHelpAfterError("(--help shows how)")
    .exitOverride()
    .addHelpText("after", `\n${FIRST_STEPS}\n\n${ADDRESSES}\n\n${EXIT_CODES_HELP}`);
  addServerCommands(program);
  addLaneCommands(program);
  addEnqueueCommand(program);
  addRecordCommands(program);
  addEraseCommand(program);
  addSubjectCommand(program);
  addCacheCommand(program);
  addAuditCommands(program);
  addUnblockCommand(program);
  addRightsCommand(program);
  addAccessCommand(program);
  addSettingsCommand(program);
  addDoctorCommand(program);
  return program;
}
